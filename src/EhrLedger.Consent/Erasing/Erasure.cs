using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Erasing;

/// <summary>What an Erased entry commits to: docs/formats.md, erasure. The ledger has its digest only; author, holders and custodians are given it.</summary>
/// <param name="Salt">Random: without it nobody can try out which record an entry is about.</param>
/// <param name="Subject">Whose record.</param>
/// <param name="Headers">Digests of the headers of the sealings that are to go, ascending, each once; 1 to <see cref="MostSealings"/>.</param>
public sealed record Erasure(Salt Salt, SubjectId Subject, IReadOnlyList<Digest> Headers)
{
    /// <summary>Most sealings of one erasure; a record with more of them takes several.</summary>
    public const int MostSealings = 256;

    /// <summary>Bytes that a memo is filled up to: the erasures of records with up to a dozen sealings look alike.</summary>
    internal const int LargestFill = 512;

    /// <summary>What the ledger shows of it.</summary>
    public Digest Commitment => Digest.Of(Encode());

    /// <summary>How many zeros follow an erasure of so many bytes in its memo. Padding takes away what CBOR's heads still differ by.</summary>
    internal static int FillOf(int length) => Math.Max(LargestFill - length, 0);

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(96 + (Headers.Count * 34))
        .WriteArray(4)
        .WriteUInt(1)
        .WriteSalt(Salt)
        .WriteSubject(Subject)
        .WriteAll(Headers, (items, header) => items.WriteDigest(header))
        .ToArray();

    /// <summary>Null unless the bytes are an erasure in its only encoding.</summary>
    public static Erasure? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        reader.Require(reader.ReadUInt() == 1);
        var erasure = new Erasure(reader.ReadSalt(), reader.ReadSubject(), reader.ReadAscending(1, MostSealings, item => item.ReadDigest()));
        reader.ReadEndArray();
        return erasure;
    });
}
