using EhrLedger.Crypto;
using EhrLedger.Node.Authoring;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

public sealed class OpenedContentsTests
{
    [Test]
    public void Are_found_by_their_sealing_in_its_own_place_alone()
    {
        var contents = new OpenedContents();
        var content = new OpenedContent("Patient", "1", DateTimeOffset.UnixEpoch, deleted: false, null, new byte[10]);
        var (sealing, other) = (Digest.Of([1]), Digest.Of([2]));
        contents.Keep(1, 1, sealing, content);
        Assert.That(contents.Find(1, 1, sealing), Is.SameAs(content));
        Assert.That(contents.Find(1, 1, other), Is.Null);
        Assert.That(contents.Find(1, 2, sealing), Is.Null);
        Assert.That(contents.Find(2, 1, sealing), Is.Null, "Somebody who can write the table has put it into another's row.");
    }
}
