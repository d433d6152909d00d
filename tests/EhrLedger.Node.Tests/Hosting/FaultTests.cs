using EhrLedger.Node.Hosting;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Hosting;

public sealed class FaultTests
{
    [Test]
    public void Says_kinds_and_places_and_no_message()
    {
        try
        {
            Fail();
        }
        catch (InvalidOperationException thrown)
        {
            var text = new Fault(thrown).ToString();
            Assert.That(text, Does.Contain(nameof(InvalidOperationException)).And.Contain(nameof(FormatException)).And.Contain(nameof(Fail)));
            Assert.That(text, Does.Not.Contain("Mrs Example"));
        }
    }

    private static void Fail()
    {
        try
        {
            throw new FormatException("'Mrs Example' is no number.");
        }
        catch (FormatException inner)
        {
            throw new InvalidOperationException("Mrs Example's record can't be read.", inner);
        }
    }
}
