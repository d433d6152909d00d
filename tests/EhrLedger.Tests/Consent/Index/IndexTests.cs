using System.Security.Cryptography;
using System.Text;
using EhrLedger.Consent.Index;
using EhrLedger.Crypto;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Index;

public sealed class IndexTests
{
    private readonly byte[] _secret = new Dice(3).Bytes(32);

    [Test]
    public void Makes_a_token_of_the_first_half_of_an_hmac()
    {
        using var key = new IndexKey(SymmetricKey.FromBytes(_secret));
        Assert.That(key.TokenOf("code|größe").ToArray(), Is.EqualTo(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes("code|größe"))[..16]));
    }

    [Test]
    public void Files_a_token_under_the_subject_and_the_holders_own_key()
    {
        var subject = new Dice(4).Subject();
        var token = Token.FromBytes(new Dice(5).Bytes(16));
        using var holder = new HolderKey(SymmetricKey.FromBytes(_secret));
        Assert.That(holder.File(subject, token).ToArray(), Is.EqualTo(HMACSHA256.HashData(_secret, subject.Key.ToArray().Concat(token.ToArray()).ToArray())[..16]));
    }

    [Test]
    public void Opens_a_row_for_the_index_key()
    {
        var (key, row) = Row();
        using (key)
        {
            var opened = IndexRow.Open(key, row.Header.Digest, row.Seal(key))!;
            Assert.That(opened.Encode(), Is.EqualTo(row.Encode()));
        }
    }

    [Test]
    public void Keeps_a_row_from_another_index_key()
    {
        var (key, row) = Row();
        using var other = IndexKey.Generate();
        using (key)
        {
            Assert.That(IndexRow.Open(other, row.Header.Digest, row.Seal(key)), Is.Null);
        }
    }

    [Test]
    public void Keeps_a_row_from_being_filed_under_another_header()
    {
        var (key, row) = Row();
        using (key)
        {
            Assert.That(IndexRow.Open(key, Digest.Of("another"u8), row.Seal(key)), Is.Null);
        }
    }

    [Test]
    public void Seals_the_same_row_under_another_key_each_time()
    {
        var (key, row) = Row();
        using (key)
        {
            var first = row.Seal(key);
            Assert.That(row.Seal(key), Is.Not.EqualTo(first));
        }
    }

    [Test]
    public void Refuses_a_row_that_is_not_the_headers()
    {
        var (key, row) = Row();
        using (key)
        {
            Assert.That(IndexRow.TryParse((row with { Row = row.Row with { Subject = new Dice(1).Subject() } }).Encode()), Is.Null);
        }
    }

    [Test]
    public void Says_nothing_of_its_secrets()
    {
        using var key = IndexKey.Generate();
        using var holder = new HolderKey(SymmetricKey.Generate());
        Assert.That($"{key} {holder}", Is.EqualTo("IndexKey(redacted) HolderKey(redacted)"));
    }

    private static (IndexKey Key, IndexRow Row) Row()
    {
        var dice = new Dice(9);
        var header = dice.Header();
        return (IndexKey.Generate(), new IndexRow(header, dice.Row(header), 7, dice.Path(), dice.Half()));
    }
}
