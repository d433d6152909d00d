using System.Security.Cryptography;
using EhrLedger.Crypto.Phrase;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Phrase;

public sealed class SeedPhraseTests
{
    private static readonly string Zeros = string.Join(' ', Enumerable.Repeat("abandon", 23)) + " art";

    [TestCase(0x00, "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
        + "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art")]
    [TestCase(0x7f, "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful "
        + "legal winner thank year wave sausage worth title")]
    [TestCase(0x80, "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid "
        + "letter advice cage absurd amount doctor acoustic bless")]
    [TestCase(0xff, "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote")]
    public void Agrees_with_the_standards_vectors(byte value, string phrase)
    {
        byte[] entropy = [.. Enumerable.Repeat(value, 32)];
        Assert.That(SeedPhrase.Format(entropy), Is.EqualTo(phrase));
        Assert.That(SeedPhrase.TryParse(phrase, out var read), Is.True);
        Assert.That(read, Is.EqualTo(entropy));
    }

    [Test]
    public void Has_the_standards_word_list()
    {
        using var list = EnglishWords.Open();
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(list)), Is.EqualTo("2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"));
        Assert.That(EnglishWords.All, Has.Length.EqualTo(2048).And.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That(EnglishWords.All.Select(w => w[..Math.Min(4, w.Length)]).Distinct().Count(), Is.EqualTo(2048));
    }

    [Test]
    public void Survives_writing_and_reading() => Prop.ForAll((byte[] bytes) =>
    {
        var entropy = SHA256.HashData(bytes);
        return SeedPhrase.TryParse(SeedPhrase.Format(entropy), out var read) && read.AsSpan().SequenceEqual(entropy);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Takes_what_people_type()
    {
        var entropy = SHA256.HashData("person"u8);
        var words = SeedPhrase.Format(entropy).Split(' ');
        foreach (var typed in (string[])[
            string.Join(' ', words).ToUpperInvariant(),
            "  " + string.Join(" \t\r\n ", words) + "\n",
            string.Join(' ', words.Select(w => w[..Math.Min(4, w.Length)])),
            string.Join(' ', words.Select(w => w[..Math.Min(5, w.Length)]))])
        {
            Assert.That(SeedPhrase.TryParse(typed, out var read), Is.True, typed);
            Assert.That(read, Is.EqualTo(entropy));
        }
    }

    [Test]
    public void Refuses_what_is_not_a_phrase()
    {
        Assert.That(SeedPhrase.TryParse(null, out _), Is.False);
        Assert.That(SeedPhrase.TryParse("", out _), Is.False);
        Assert.That(SeedPhrase.TryParse(Zeros[8..], out _), Is.False, "23 words");
        Assert.That(SeedPhrase.TryParse("abandon " + Zeros, out _), Is.False, "25 words");
        Assert.That(SeedPhrase.TryParse(Zeros.Replace(" art", " abandon", StringComparison.Ordinal), out _), Is.False, "checksum");
        Assert.That(SeedPhrase.TryParse(Zeros.Replace(" art", " ar", StringComparison.Ordinal), out _), Is.False, "too short a prefix");
        Assert.That(SeedPhrase.TryParse(Zeros.Replace(" art", " arts", StringComparison.Ordinal), out _), Is.False, "no such word");
        Assert.That(SeedPhrase.TryParse(Zeros.Replace(" art", " zzzz", StringComparison.Ordinal), out _), Is.False, "past the list's end");
        Assert.That(SeedPhrase.TryParse(new string('a', 100_000), out _), Is.False, "too long");
        Assert.That(() => SeedPhrase.Format(new byte[16]), Throws.ArgumentException);
    }

    [Test]
    public void Survives_any_text() => Prop.ForAll((string? text) => !SeedPhrase.TryParse(text, out _)).QuickCheckThrowOnFailure();
}
