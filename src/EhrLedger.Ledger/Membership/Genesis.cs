using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Ledger.Membership;

/// <summary>
/// What a consortium agrees on at its beginning: docs/formats.md, genesis. Nodes and wallets pin it by its digest, which also stands under every signature
/// as the external AAD, so that nothing signed for one consortium counts in another.
/// </summary>
public sealed class Genesis
{
    /// <summary>Shortest waiting time before a wallet comes back through its guardians, in hours, where the genesis says nothing else.</summary>
    public const int UsualRecoveryHours = 24;

    /// <summary>Longest one that a genesis can ask for, in hours: 30 days.</summary>
    public const int MostRecoveryHours = 720;

    // A consortium with the usual waiting time writes its genesis as before there were others.
    private const int Version = 1;
    private const int VersionWithRecoveryHours = 2;

    private Genesis(
        ReadOnlyMemory<byte> bytes, string name, string origin, ulong created, OrganisationId sequencer, string logKey, IReadOnlyList<Member> members, string policy,
        int custodyThreshold, int recoveryHours)
    {
        Bytes = bytes;
        Digest = Digest.Of(bytes.Span);
        Name = name;
        Origin = origin;
        Created = created;
        Sequencer = sequencer;
        LogKey = logKey;
        Members = members;
        Policy = policy;
        CustodyThreshold = custodyThreshold;
        RecoveryHours = recoveryHours;
    }

    /// <summary>The canonical bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of <see cref="Bytes"/>: the consortium's name.</summary>
    public Digest Digest { get; }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>First line of the checkpoints (C2SP tlog-checkpoint).</summary>
    public string Origin { get; }

    /// <summary>Unix milliseconds.</summary>
    public ulong Created { get; }

    /// <summary>The member whose node gives entries their place.</summary>
    public OrganisationId Sequencer { get; }

    /// <summary>C2SP verifier key of the checkpoints.</summary>
    public string LogKey { get; }

    /// <summary>In the order that also numbers the custodians: the x-th share of a record goes to the x-th member. 1 to 200.</summary>
    public IReadOnlyList<Member> Members { get; }

    /// <summary>Whose cosignatures make a checkpoint final, in C2SP tlog-policy form.</summary>
    public string Policy { get; }

    /// <summary>How many custodians open a record. 1 up to the number of members.</summary>
    public int CustodyThreshold { get; }

    /// <summary>Shortest waiting time before a wallet comes back through its guardians, in hours; 0 to 720. In it the old wallet can say no.</summary>
    public int RecoveryHours { get; }

    /// <summary>Writes a genesis.</summary>
    /// <exception cref="ArgumentException">Something is out of bounds, or the sequencer is no member.</exception>
    public static Genesis Create(
        string name, string origin, DateTimeOffset created, OrganisationId sequencer, string logKey, IReadOnlyList<Member> members, string policy, int custodyThreshold,
        int recoveryHours = UsualRecoveryHours)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(recoveryHours);
        var version = recoveryHours == UsualRecoveryHours ? Version : VersionWithRecoveryHours;
        var writer = new DeterministicCborWriter(4096)
            .WriteArray(version == Version ? 9 : 10)
            .WriteUInt((ulong)version)
            .WriteText(name)
            .WriteText(origin)
            .WriteUInt((ulong)created.ToUnixTimeMilliseconds())
            .WriteBytes(sequencer.Key.ToArray())
            .WriteText(logKey)
            .WriteArray(members.Count);
        foreach (var member in members)
        {
            member.Write(writer);
        }

        writer.WriteText(policy).WriteUInt((ulong)custodyThreshold);
        return TryParse((version == Version ? writer : writer.WriteUInt((ulong)recoveryHours)).ToArray())
            ?? throw new ArgumentException("The genesis is out of bounds: see docs/formats.md.");
    }

    /// <summary>Null unless the bytes are a genesis in its only encoding, whose sequencer is a member and whose members differ.</summary>
    public static Genesis? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        var version = reader.ReadStartArray(9, 10) == 9 ? Version : VersionWithRecoveryHours;
        reader.Require(reader.ReadUInt() == (ulong)version);
        var name = reader.ReadText(200);
        var origin = reader.ReadText(200);
        var created = reader.ReadUInt(long.MaxValue);
        var sequencer = new OrganisationId(Member.ReadKey(reader));
        var logKey = reader.ReadText(400);
        var members = reader.ReadArray(1, 200, Member.Read);
        var policy = reader.ReadText(40_000);
        var threshold = (int)reader.ReadUInt(200);
        var hours = version == Version ? UsualRecoveryHours : (int)reader.ReadUInt(MostRecoveryHours);
        reader.ReadEndArray();
        reader.Require(version == Version || hours != UsualRecoveryHours);
        reader.Require(threshold >= 1 && threshold <= members.Length);
        reader.Require(members.DistinctBy(member => member.Organisation).Count() == members.Length);
        reader.Require(members.Any(member => member.Organisation == sequencer));
        return new Genesis(bytes, name, origin, created, sequencer, logKey, members, policy, threshold, hours);
    });
}
