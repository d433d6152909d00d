using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Erasing;

/// <summary>Body of Erased: the patient wants sealings of one record gone. Which ones, only those are told who have to destroy something.</summary>
/// <param name="Commitment">SHA-256 of the <see cref="Erasure"/>; names it from here on.</param>
/// <param name="Memo">The same, sealed by the wallet for itself.</param>
public sealed record Erased(Digest Commitment, ReadOnlyMemory<byte> Memo)
{
    private const int LargestMemo = 58_000;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(Memo.Length + 64).WriteArray(2).WriteDigest(Commitment).WriteBytes(Memo.Span).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static Erased? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new Erased(reader.ReadDigest(), reader.ReadBytes(0, LargestMemo));
        reader.ReadEndArray();
        return body;
    });
}

/// <summary>Body of ErasureAnswered: what one organisation says that it has done. It can't be proven, only held against it.</summary>
/// <param name="Commitment">Of the erasure.</param>
/// <param name="Organisation">Whose current key signs the entry.</param>
/// <param name="Answer">What it says.</param>
/// <param name="Ground">Why it keeps the record; null unless it does.</param>
public sealed record ErasureAnswered(Digest Commitment, OrganisationId Organisation, ErasureAnswer Answer, HoldGround? Ground)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(96).WriteArray(4).WriteDigest(Commitment).WriteOrganisation(Organisation).WriteUInt((ulong)Answer);
        return (Ground is { } ground ? writer.WriteUInt((ulong)ground) : writer.WriteNull()).ToArray();
    }

    /// <summary>Null unless the bytes are this body in its only encoding, with a ground where the record is kept and none where it is not.</summary>
    public static ErasureAnswered? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var body = new ErasureAnswered(
            reader.ReadDigest(), reader.ReadOrganisation(), (ErasureAnswer)reader.ReadByte(), reader.TryReadNull() ? null : (HoldGround)reader.ReadByte());
        reader.ReadEndArray();
        reader.Require(Enum.IsDefined(body.Answer)
            && (body.Ground is null || Enum.IsDefined(body.Ground.Value))
            && (body.Ground is not null) == (body.Answer == ErasureAnswer.Held));
        return body;
    });
}

/// <summary>What an organisation says of an erasure. The numbers stand in entries and states; each may only be followed by a greater one.</summary>
public enum ErasureAnswer : byte
{
    /// <summary>The author has to keep the record for now, and says why.</summary>
    Held = 1,

    /// <summary>What it had of the record is destroyed.</summary>
    Destroyed = 2,

    /// <summary>Its last backup from before that is gone as well.</summary>
    BackupsGone = 3,
}

/// <summary>Why an author keeps a record that the patient wants gone. Coarse, because everybody can read it.</summary>
public enum HoldGround : byte
{
    /// <summary>A court or an authority wants it kept.</summary>
    Proceedings = 1,

    /// <summary>A law says for how long it has to be kept.</summary>
    Retention = 2,

    /// <summary>It says who the patient is: without it the author's other records would be nobody's.</summary>
    Identity = 3,
}
