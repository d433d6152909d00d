using EhrLedger.Consent.Records;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Records;

public sealed class RowBatchTests
{
    [Test]
    public void Gives_every_row_a_path([Range(1, 9)] int count)
    {
        var dice = new Dice(count);
        var rows = Enumerable.Range(0, count).Select(_ => dice.Row(dice.Header())).ToList();
        var batch = RowBatch.Of(rows);
        for (var i = 0; i < count; i++)
        {
            Assert.That(new Anchor(0, batch.PathOf(i)).Verifies(rows[i].LeafHash(), batch.Root), Is.True);
            Assert.That(new Anchor(0, batch.PathOf(i)).Verifies(dice.Row(dice.Header()).LeafHash(), batch.Root), Is.False);
        }
    }

    [Test]
    public void Refuses_to_be_empty() => Assert.That(() => RowBatch.Of(Array.Empty<WriteRow>()), Throws.ArgumentException);

    [Test]
    public void Names_each_record_of_a_read_once_and_in_order()
    {
        var dice = new Dice(1);
        var (a, b) = (dice.Version(), dice.Version());
        var row = new ReadRow(dice.Salt(), dice.Subject(), 0, ReadLevel.Opened, default, [b, a, b], dice.Purpose(), "", "");
        Assert.That(ReadRow.TryParse(row.Encode())!.Records, Is.EqualTo(new[] { a, b }.Order()));
    }

    [Test]
    public void Takes_no_read_row_for_a_write_row()
    {
        var dice = new Dice(1);
        var row = new ReadRow(dice.Salt(), dice.Subject(), 0, ReadLevel.Opened, default, [], dice.Purpose(), "", "");
        Assert.That(WriteRow.TryParse(row.Encode()), Is.Null);
    }
}
