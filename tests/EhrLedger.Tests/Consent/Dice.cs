using System.Buffers.Binary;
using System.Security.Cryptography;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Tests.Consent;

/// <summary>Values that look random and are the same on every run: SHA-256 of a seed and a counter. Golden files are made of seed 0.</summary>
internal sealed class Dice(int seed)
{
    private int _count;

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        Span<byte> message = stackalloc byte[8];
        Span<byte> block = stackalloc byte[32];
        BinaryPrimitives.WriteInt32BigEndian(message, seed);
        for (var at = 0; at < length; at += 32)
        {
            BinaryPrimitives.WriteInt32BigEndian(message[4..], _count++);
            SHA256.HashData(message, block);
            block[..Math.Min(32, length - at)].CopyTo(bytes.AsSpan(at));
        }

        return bytes;
    }

    public uint Number(uint below) => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4)) % below;

    /// <summary>Of every size, so that each length of integer turns up.</summary>
    public ulong Long() => (BinaryPrimitives.ReadUInt64BigEndian(Bytes(8)) >> 1) >> (int)Number(63);

    public uint Int() => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4)) >> (int)Number(32);

    public bool Coin() => Number(2) == 1;

    public Digest Digest() => EhrLedger.Crypto.Digest.FromBytes(Bytes(32));

    public Ed25519PrivateKey SigningKey() => Ed25519PrivateKey.FromSeed(Bytes(32));

    public XWingPrivateKey SealingKey() => XWingPrivateKey.FromSeed(Bytes(32));

    public SymmetricKey SymmetricKey() => EhrLedger.Crypto.SymmetricKey.FromBytes(Bytes(32));

    public SubjectId Subject() => new(SigningKey().Public);

    public OrganisationId Organisation() => new(SigningKey().Public);

    public GrantId Grant() => GrantId.FromBytes(Bytes(16));

    public RecordId Record() => RecordId.FromBytes(Bytes(16));

    public RecordVersion Version() => new(Record(), Int() | 1);

    public Salt Salt() => EhrLedger.Consent.Records.Salt.FromBytes(Bytes(16));

    public KeyCommitment Commitment() => KeyCommitment.FromBytes(Bytes(32));

    public PurposeOfUse Purpose() => Coin() ? PurposeOfUse.Treatment : PurposeOfUse.Payment;

    public string Text() => Coin() ? "Dr. Ærø Größe" : "Practitioner/17";

    public DayRange Days() => new(Int(), Int());

    public T[] Several<T>(int least, int most, Func<T> make) => [.. Enumerable.Range(0, least + (int)Number((uint)(most - least + 1))).Select(_ => make())];

    public GrantTerms Terms(SubjectId? subject = null)
    {
        var single = Coin();
        var first = Number(1000);
        return new GrantTerms(
            Salt(),
            subject ?? Subject(),
            first,
            first + Number(5),
            Several(1, 3, Purpose),
            single ? Several(1, 5, Record) : null,
            !single && Coin());
    }

    public RecordHeader Header() => RecordHeader.Create(Version(), Subject(), Int(), Organisation(), Int(), Several(1, 4, Digest), Long(), "application/fhir+json", Bytes(32));

    public WriteRow Row(RecordHeader header) => new(Salt(), header.Subject, Long(), header.Digest, Digest(), Commitment(), Coin() ? Digest() : null);

    public InclusionProof Path() => new(Long(), Long(), [.. Several(0, 5, Digest)]);

    public Anchor Anchor() => new(Long(), Path());

    public SealedHalf Half() => new(Digest(), Bytes(Coin() ? 48 : 49));
}
