using EhrLedger.Crypto.Cbor;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Cbor;

public sealed class StrictCborReaderTests
{
    /// <summary>Examples of RFC 8949 Appendix A that are deterministic and of the kinds allowed here.</summary>
    [TestCase("00")]
    [TestCase("17")]
    [TestCase("1818")]
    [TestCase("1903e8")]
    [TestCase("1a000f4240")]
    [TestCase("1b000000e8d4a51000")]
    [TestCase("1bffffffffffffffff")]
    [TestCase("20")]
    [TestCase("3903e7")]
    [TestCase("3bffffffffffffffff")]
    [TestCase("f4")]
    [TestCase("f6")]
    [TestCase("4401020304")]
    [TestCase("62c3bc")]
    [TestCase("83010203")]
    [TestCase("8301820203820405")]
    [TestCase("a201020304")]
    [TestCase("a26161016162820203")]
    [TestCase("98190102030405060708090a0b0c0d0e0f101112131415161718181819")]
    public void Accepts(string hex) => Assert.That(Reads(hex), Is.True);

    [TestCase("1817", TestName = "Refuses a one-byte integer that fits the head")]
    [TestCase("190018", TestName = "Refuses a two-byte integer that fits one")]
    [TestCase("1a00000018", TestName = "Refuses a four-byte integer that fits one")]
    [TestCase("1b0000000000000018", TestName = "Refuses an eight-byte integer that fits one")]
    [TestCase("3817", TestName = "Refuses a long negative integer")]
    [TestCase("5800", TestName = "Refuses a long length of a byte string")]
    [TestCase("580100", TestName = "Refuses a long length of one byte")]
    [TestCase("780161", TestName = "Refuses a long length of a text")]
    [TestCase("9800", TestName = "Refuses a long length of an array")]
    [TestCase("b800", TestName = "Refuses a long length of a map")]
    [TestCase("9fff", TestName = "Refuses an indefinite array")]
    [TestCase("bfff", TestName = "Refuses an indefinite map")]
    [TestCase("5f4101ff", TestName = "Refuses an indefinite byte string")]
    [TestCase("7f6161ff", TestName = "Refuses an indefinite text")]
    [TestCase("a203040102", TestName = "Refuses keys out of order")]
    [TestCase("a201020102", TestName = "Refuses a key twice")]
    [TestCase("c001", TestName = "Refuses a tag")]
    [TestCase("f90000", TestName = "Refuses a half float")]
    [TestCase("fa47c35000", TestName = "Refuses a float")]
    [TestCase("fb3ff199999999999a", TestName = "Refuses a double")]
    [TestCase("f7", TestName = "Refuses undefined")]
    [TestCase("e0", TestName = "Refuses a simple value")]
    [TestCase("f8ff", TestName = "Refuses a two-byte simple value")]
    [TestCase("f814", TestName = "Refuses false in two bytes")]
    [TestCase("62c328", TestName = "Refuses bad UTF-8")]
    [TestCase("63eda080", TestName = "Refuses a surrogate in UTF-8")]
    [TestCase("0000", TestName = "Refuses trailing bytes")]
    [TestCase("", TestName = "Refuses nothing at all")]
    [TestCase("82", TestName = "Refuses a cut array")]
    [TestCase("4201", TestName = "Refuses a cut byte string")]
    [TestCase("19", TestName = "Refuses a cut integer")]
    [TestCase("9bffffffffffffffff", TestName = "Refuses an array of 2^64 - 1 items")]
    [TestCase("bb7fffffffffffffff", TestName = "Refuses a map of 2^63 - 1 pairs")]
    [TestCase("5bffffffffffffffff", TestName = "Refuses a byte string of 2^64 - 1 bytes")]
    [TestCase("1c", TestName = "Refuses a reserved head")]
    [TestCase("ff", TestName = "Refuses a break")]
    [TestCase("81f90000", TestName = "Refuses a float inside an array")]
    [TestCase("818181818181818181818181818181818100", TestName = "Refuses 17 levels")]
    public void Refuses(string hex) => Assert.That(Reads(hex), Is.False);

    [Test]
    public void Survives_any_bytes() => Prop.ForAll((byte[] bytes) =>
        !CborReading.TryRead(bytes, reader => reader.ReadItem(), out var item) || item.Span.SequenceEqual(bytes)).QuickCheckThrowOnFailure();

    [Test]
    public void Reads_back_what_was_written() => Prop.ForAll((DoNotSize<ulong> any, byte[] bytes, NonNull<string> text) =>
    {
        var number = any.Item;
        var signed = unchecked((long)number);
        var flag = number % 3 == 0;
        // A lone surrogate is no text; writing one is the caller's bug.
        var clean = new string([.. text.Get.Where(c => !char.IsSurrogate(c))]);
        var encoded = new DeterministicCborWriter().WriteArray(7).WriteUInt(number).WriteInt(signed).WriteBytes(bytes).WriteText(clean).WriteBool(flag).WriteNull().WriteArray(1).WriteDigest(EhrLedger.Crypto.Digest.Of(bytes)).ToArray();
        return CborReading.TryRead(encoded, reader =>
        {
            reader.ReadStartArray(7);
            var same = reader.ReadUInt() == number && reader.ReadInt() == signed && reader.ReadBytes(0, int.MaxValue).Span.SequenceEqual(bytes)
                && reader.ReadText(int.MaxValue) == clean && reader.ReadBool() == flag && !TryNullTwice(reader)
                && reader.ReadArray(1, 1, r => r.ReadDigest())[0] == EhrLedger.Crypto.Digest.Of(bytes);
            reader.ReadEndArray();
            return same;
        }, out var equal) && equal;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Keeps_to_the_bounds_asked_for()
    {
        Assert.That(CborReading.TryRead(Hex("1864"), r => r.ReadUInt(99), out _), Is.False);
        Assert.That(CborReading.TryRead(Hex("1864"), r => r.ReadUInt(100), out _), Is.True);
        Assert.That(CborReading.TryRead(Hex("190100"), r => r.ReadByte(), out _), Is.False);
        Assert.That(CborReading.TryRead(Hex("420102"), r => r.ReadBytes(3), out _), Is.False);
        Assert.That(CborReading.TryRead(Hex("420102"), r => r.ReadBytes(0, 1), out _), Is.False);
        Assert.That(CborReading.TryRead(Hex("626161"), r => r.ReadText(1), out _), Is.False);
        Assert.That(CborReading.TryRead(Hex("83010203"), r => r.ReadArray(0, 2, i => i.ReadUInt()), out _), Is.False);
        Assert.That(CborReading.TryRead(Hex("83010203"), r => r.ReadArray(4, 5, i => i.ReadUInt()), out _), Is.False);
        Assert.That(CborReading.TryRead(Hex("1b8000000000000000"), r => r.ReadInt(), out _), Is.False);
        Assert.That(CborReading.TryRead(Hex("3b7fffffffffffffff"), r => r.ReadInt(), out var least) && least == long.MinValue, Is.True);
        Assert.That(CborReading.TryRead(Hex("3b8000000000000000"), r => r.ReadInt(), out _), Is.False);
    }

    [TestCase("01")]
    [TestCase("20")]
    [TestCase("40")]
    [TestCase("60")]
    [TestCase("80")]
    [TestCase("a0")]
    [TestCase("f4")]
    [TestCase("f6")]
    public void Refuses_another_kind_than_asked_for(string hex)
    {
        Dictionary<string, Func<StrictCborReader, object?>> kinds = new()
        {
            ["01"] = r => r.ReadUInt(),
            ["20"] = r => { r.Require(r.ReadInt() < 0); return null; },
            ["40"] = r => r.ReadBytes(0, 9),
            ["60"] = r => r.ReadText(9),
            ["80"] = r => { r.ReadStartArray(0); r.ReadEndArray(); return null; },
            ["a0"] = r => { r.ReadStartMap(0); r.ReadEndMap(); return null; },
            ["f4"] = r => r.ReadBool(),
            ["f6"] = r => { r.Require(r.TryReadNull()); return null; },
        };
        foreach (var (kind, read) in kinds)
        {
            Assert.That(CborReading.TryRead(Hex(hex), read, out _), Is.EqualTo(kind == hex), $"{hex} read as {kind}");
        }
    }

    [Test]
    public void Refuses_a_function_that_leaves_an_array_open() =>
        Assert.That(CborReading.TryRead(Hex("820102"), r => { r.ReadStartArray(2); return r.ReadUInt(); }, out _), Is.False);

    [Test]
    public void Lets_a_bug_of_the_reading_function_through() =>
        Assert.That(() => CborReading.TryRead<int>(Hex("00"), _ => throw new InvalidOperationException("bug"), out _), Throws.InvalidOperationException);

    [Test]
    public void Refuses_to_write_an_unfinished_array() =>
        Assert.That(() => new DeterministicCborWriter().WriteArray(2).WriteUInt(1).ToArray(), Throws.InvalidOperationException);

    [Test]
    public void Writes_keys_in_order() =>
        Assert.That(new DeterministicCborWriter().WriteMap(2).WriteUInt(2).WriteNull().WriteUInt(1).WriteNull().ToArray(), Is.EqualTo(Hex("a201f602f6")));

    [Test]
    public void Refuses_to_write_a_key_twice() =>
        Assert.That(() => new DeterministicCborWriter().WriteMap(2).WriteUInt(1).WriteNull().WriteUInt(1).WriteNull().ToArray(), Throws.InvalidOperationException);

    private static bool TryNullTwice(StrictCborReader reader) => !reader.TryReadNull() || reader.TryReadNull();

    private static bool Reads(string hex) => CborReading.TryRead(Hex(hex), reader => reader.ReadItem(), out _);

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
