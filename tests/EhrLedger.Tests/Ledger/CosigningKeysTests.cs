using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Notes;
using NUnit.Framework;

namespace EhrLedger.Tests.Ledger;

public sealed class CosigningKeysTests
{
    private readonly Ed25519PrivateKey _organisation = Ed25519PrivateKey.Generate();
    private readonly MlDsa44PrivateKey _witness = MlDsa44PrivateKey.Generate();

    [OneTimeTearDown]
    public void Dispose()
    {
        _organisation.Dispose();
        _witness.Dispose();
    }

    [Test]
    public void Are_read_back_as_they_were_written([Values] bool withLog)
    {
        var bytes = Keys(withLog).Encode();
        Assert.That(CosigningKeys.TryParse(bytes)!.Encode(), Is.EqualTo(bytes));
        Assert.That(CosigningKeys.TryParse(bytes)!.Log is not null, Is.EqualTo(withLog));
    }

    [Test]
    public void Have_one_encoding([Values] bool withLog)
    {
        var bytes = Keys(withLog).Encode();
        Assert.That(CosigningKeys.TryParse(bytes.AsMemory(0, bytes.Length - 1)), Is.Null);
        Assert.That(CosigningKeys.TryParse((byte[])[.. bytes, 0]), Is.Null);
        for (var i = 0; i < bytes.Length; i += 7)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            Assert.That(CosigningKeys.TryParse(changed) is not { } read || read.Encode().AsSpan().SequenceEqual(changed), $"byte {i}");
        }
    }

    [Test]
    public void Are_of_ml_dsa_only()
    {
        var ed25519 = NoteVerifier.ForCosignatures(NoteKeyName.Parse("a/witness")!, _organisation.Public);
        Assert.That(CosigningKeys.TryParse(new CosigningKeys(new OrganisationId(_organisation.Public), ed25519, null).Encode()), Is.Null);
    }

    private CosigningKeys Keys(bool withLog) => new(
        new OrganisationId(_organisation.Public),
        NoteVerifier.ForCosignatures(NoteKeyName.Parse("a/witness-ml-dsa-44")!, _witness.Public),
        withLog ? NoteVerifier.ForCosignatures(NoteKeyName.Parse("a/log")!, _witness.Public) : null);
}
