using EhrLedger.Crypto.Aead;
using EhrLedger.Crypto.Sealing;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Sealing;

public sealed class ContentKeyTests
{
    private readonly HalfKey _first = HalfKey.Generate();
    private readonly HalfKey _second = HalfKey.Generate();

    [OneTimeTearDown]
    public void Forget()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Test]
    public void Opens_what_it_sealed() => Prop.ForAll((byte[] header, byte[] content) =>
    {
        using var sealing = ContentKey.Derive(_first, _second, header);
        using var opening = ContentKey.Derive(_first, _second, header);
        var ciphertext = sealing.Seal(content);
        return ciphertext.Length == Padme.PaddedLength(content.Length + 1) + ContentKey.Overhead
            && opening.Open(sealing.Commitment, ciphertext) is { } opened && opened.AsSpan().SequenceEqual(content);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Opens_with_both_halves_in_order_and_the_same_header_only()
    {
        using var sealing = ContentKey.Derive(_first, _second, "header"u8);
        var ciphertext = sealing.Seal("content"u8);
        using var otherHeader = ContentKey.Derive(_first, _second, "Header"u8);
        using var swapped = ContentKey.Derive(_second, _first, "header"u8);
        using var firstTwice = ContentKey.Derive(_first, _first, "header"u8);
        foreach (var wrong in (ContentKey[])[otherHeader, swapped, firstTwice])
        {
            Assert.That(wrong.Open(sealing.Commitment, ciphertext), Is.Null);
            Assert.That(wrong.Open(wrong.Commitment, ciphertext), Is.Null);
        }
    }

    [Test]
    public void Refuses_the_right_ciphertext_under_another_commitment()
    {
        using var key = ContentKey.Derive(_first, _second, "header"u8);
        var ciphertext = key.Seal("content"u8);
        Assert.That(key.Open(default, ciphertext), Is.Null);
        Assert.That(key.Open(key.Commitment, ciphertext), Is.EqualTo("content"u8.ToArray()));
        Assert.That(key.Open(key.Commitment, ciphertext.AsSpan(1)), Is.Null);
        Assert.That(key.Open(key.Commitment, []), Is.Null);
    }

    [Test]
    public void Seals_once()
    {
        using var key = ContentKey.Derive(_first, _second, "header"u8);
        key.Seal("content"u8);
        Assert.That(() => key.Seal("content"u8), Throws.InvalidOperationException);
    }

    [Test]
    public void Refuses_content_that_is_not_padded_as_it_should_be()
    {
        using var key = ContentKey.Derive(_first, _second, "header"u8);
        var unpadded = AesGcmEngine.SealOnce(key.Secret, "header"u8, "content"u8);
        Assert.That(key.Open(key.Commitment, unpadded), Is.Null);
    }

    [Test]
    public void A_commitment_is_32_bytes()
    {
        using var key = ContentKey.Derive(_first, _second, "header"u8);
        Assert.That(KeyCommitment.FromBytes(key.Commitment.ToArray()), Is.EqualTo(key.Commitment));
        Assert.That(KeyCommitment.TryFromBytes(new byte[31], out _), Is.False);
        Assert.That(() => KeyCommitment.FromBytes(new byte[33]), Throws.ArgumentException);
        Assert.That(HalfKey.TryFromBytes(new byte[31]), Is.Null);
    }
}
