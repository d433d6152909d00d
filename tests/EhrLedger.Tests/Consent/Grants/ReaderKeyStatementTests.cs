using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Grants;

public sealed class ReaderKeyStatementTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Says_whose_the_keys_are()
    {
        using var keys = ReaderKeys.Generate();
        var signed = ReaderKeyStatement.Sign([keys.Public], "Patient/7", Now, Consortium.Clinic.SigningKey, CareStory.Genesis).SignedBytes;
        var statement = ReaderKeyStatement.Open(signed, Consortium.Clinic.SigningKey.Public, CareStory.Genesis)!;
        Assert.Multiple(() =>
        {
            Assert.That(statement.Keys.Single(), Is.EqualTo(new ReaderKeyPair(keys.Reader.Public, keys.Answer.Public.Digest)));
            Assert.That((statement.PatientLink, statement.Time), Is.EqualTo(("Patient/7", (ulong)Now.ToUnixTimeMilliseconds())));
        });
    }

    [Test]
    public void Is_no_statement_of_another_organisation()
    {
        var signed = Sign();
        Assert.That(ReaderKeyStatement.Open(signed, Consortium.Insurer.SigningKey.Public, CareStory.Genesis), Is.Null);
    }

    [Test]
    public void Is_no_statement_in_another_consortium() => Assert.That(ReaderKeyStatement.Open(Sign(), Consortium.Clinic.SigningKey.Public, Digest.Of("another"u8)), Is.Null);

    [Test]
    public void Needs_keys() => Assert.That(
        () => ReaderKeyStatement.Sign([], "Patient/7", Now, Consortium.Clinic.SigningKey, CareStory.Genesis), Throws.ArgumentException);

    private static ReadOnlyMemory<byte> Sign()
    {
        using var keys = ReaderKeys.Generate();
        return ReaderKeyStatement.Sign([keys.Public], "Patient/7", Now, Consortium.Clinic.SigningKey, CareStory.Genesis).SignedBytes;
    }
}
