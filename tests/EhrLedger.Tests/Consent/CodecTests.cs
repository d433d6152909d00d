using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent;

[TestFixtureSource(typeof(Codecs), nameof(Codecs.All))]
internal sealed class CodecTests(Codec codec)
{
    private readonly byte[][] _good = [.. Enumerable.Range(0, 12).Select(seed => codec.Make(new Dice(seed)))];

    [Test]
    public void Is_written_as_the_golden_file_has_it() =>
        Assert.That(_good[0], Is.EqualTo(GoldenHex.Accepted(codec.Name)), "The format has changed: it takes a new number, not a new golden file.");

    [Test]
    public void Reads_the_golden_file() => Assert.That(codec.Rewrite(GoldenHex.Accepted(codec.Name)), Is.EqualTo(_good[0]));

    [Test]
    public void Refuses_what_the_golden_files_say()
    {
        var refused = GoldenHex.Refused(codec.Name).ToList();
        Assert.That(refused, Has.Count.GreaterThanOrEqualTo(5));
        Assert.That(refused.Where(file => codec.Rewrite(file.Bytes) is not null).Select(file => file.Case), Is.Empty);
    }

    [Test]
    public void Reads_back_what_it_wrote() => Prop.ForAll((int seed) =>
    {
        var bytes = codec.Make(new Dice(seed));
        return codec.Rewrite(bytes) is { } again && again.AsSpan().SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((byte seed, CborDamage damage, CborDamage more) =>
    {
        var bytes = damage.To(_good[seed % _good.Length]);
        if (bytes.Length > 0 && more.Value % 2 == 0)
        {
            bytes = more.To(bytes);
        }

        return codec.Rewrite(bytes) is not { } again || again.AsSpan().SequenceEqual(bytes);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));

    [Test]
    public void Refuses_every_beginning_of_good_bytes() =>
        Assert.That(Enumerable.Range(0, _good[1].Length).Where(length => codec.Rewrite(_good[1][..length]) is not null), Is.Empty);

    [Test]
    public void Survives_any_bytes() => Prop.ForAll((byte[] bytes) =>
    {
        _ = codec.Rewrite(bytes ?? []);
    }).QuickCheckThrowOnFailure();
}
