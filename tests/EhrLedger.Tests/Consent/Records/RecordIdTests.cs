using EhrLedger.Consent.Records;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Records;

public sealed class RecordIdTests
{
    [Test]
    public void Reads_back_its_text()
    {
        var id = RecordId.Generate();
        Assert.That(RecordId.TryParse(id.ToString()), Is.EqualTo(id));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("0123456789abcdef0123456789abcde")]
    [TestCase("0123456789ABCDEF0123456789ABCDEF")]
    [TestCase("0123456789abcdef0123456789abcdeg")]
    [TestCase("0123456789abcdef0123456789abcdef0")]
    public void Refuses_other_text(string? text) => Assert.That(RecordId.TryParse(text), Is.Null);

    [Test]
    public void Orders_by_its_bytes() => Assert.That(
        RecordId.FromBytes([0, .. new byte[14], 255]) < RecordId.FromBytes([1, .. new byte[15]]), Is.True);
}
