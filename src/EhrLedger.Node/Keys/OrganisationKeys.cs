using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.Node.Keys;

/// <summary>All secrets of an organisation that its node needs to start: everything else is derived from <see cref="Root"/> or lies in a store under a key that is.</summary>
internal sealed class OrganisationKeys : IDisposable
{
    private const int SeedLength = 32;

    private OrganisationKeys(OrganisationId organisation, Ed25519PrivateKey signing, XWingPrivateKey sealing, Ed25519PrivateKey witness, Ed25519PrivateKey log, SymmetricKey root)
    {
        Organisation = organisation;
        Signing = signing;
        Sealing = sealing;
        WitnessKey = witness;
        LogKey = log;
        Root = root;
        var name = organisation.ToString()["did:key:".Length..];
        Cosigner = Cosigner.For(NoteKeyName.Parse($"ehrledger/{name}/witness")!, witness);
        LogSigner = new NoteSigner(NoteKeyName.Parse($"ehrledger/{name}/log")!, log);
        QuantumSafeWitness = DeriveQuantumSafe(root, "ml-dsa-44/witness");
        QuantumSafeLog = DeriveQuantumSafe(root, "ml-dsa-44/log");
        QuantumSafeCosigner = Cosigner.For(NoteKeyName.Parse($"ehrledger/{name}/witness-ml-dsa-44")!, QuantumSafeWitness);
        QuantumSafeLogSigner = Cosigner.For(LogSigner.Verifier.Name, QuantumSafeLog);
    }

    /// <summary>The organisation's name for ever: the key that it first signed with.</summary>
    public OrganisationId Organisation { get; }

    /// <summary>Signs entries, answers and approvals now.</summary>
    public Ed25519PrivateKey Signing { get; }

    /// <summary>Opens what is sealed to the organisation.</summary>
    public XWingPrivateKey Sealing { get; }

    /// <summary>32 bytes from which the keys of the stores are derived, each under its own label.</summary>
    public SymmetricKey Root { get; }

    /// <summary>Cosigns checkpoints.</summary>
    public Cosigner Cosigner { get; }

    /// <summary>Signs checkpoints, where this organisation is the sequencer.</summary>
    public NoteSigner LogSigner { get; }

    /// <summary>Cosigns checkpoints with ML-DSA-44 besides. A C2SP cosigner has one key and one name, so it is another than <see cref="Cosigner"/>.</summary>
    public Cosigner QuantumSafeCosigner { get; }

    /// <summary>Signs checkpoints with ML-DSA-44 besides, where this organisation is the sequencer.</summary>
    public Cosigner QuantumSafeLogSigner { get; }

    private MlDsa44PrivateKey QuantumSafeWitness { get; }

    private MlDsa44PrivateKey QuantumSafeLog { get; }

    private Ed25519PrivateKey WitnessKey { get; }

    private Ed25519PrivateKey LogKey { get; }

    /// <summary>New keys from the system's randomness.</summary>
    public static OrganisationKeys Generate()
    {
        var signing = Ed25519PrivateKey.Generate();
        return new OrganisationKeys(
            new OrganisationId(signing.Public), signing, XWingPrivateKey.Generate(), Ed25519PrivateKey.Generate(), Ed25519PrivateKey.Generate(), SymmetricKey.Generate());
    }

    /// <summary>Null unless the bytes are what <see cref="Export"/> wrote. (Not named TryParse: ASP.NET Core would take that for a way to read the keys from a query.)</summary>
    public static OrganisationKeys? Import(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(7);
        reader.Require(reader.ReadUInt() == 1);
        reader.Require(Ed25519PublicKey.TryFromBytes(reader.ReadBytes(Ed25519PublicKey.Length).Span, out var organisation));
        var keys = new OrganisationKeys(
            new OrganisationId(organisation),
            Ed25519PrivateKey.FromSeed(reader.ReadBytes(SeedLength).Span),
            XWingPrivateKey.FromSeed(reader.ReadBytes(SeedLength).Span),
            Ed25519PrivateKey.FromSeed(reader.ReadBytes(SeedLength).Span),
            Ed25519PrivateKey.FromSeed(reader.ReadBytes(SeedLength).Span),
            SymmetricKey.FromBytes(reader.ReadBytes(SeedLength).Span));
        reader.ReadEndArray();
        return keys;
    });

    /// <summary>Everything, in the clear, to be sealed at once. The caller zeroes it.</summary>
    public byte[] Export()
    {
        var writer = new DeterministicCborWriter(256).WriteArray(7).WriteUInt(1).WriteBytes(Organisation.Key.ToArray());
        Span<byte> secret = stackalloc byte[SeedLength];
        foreach (var key in (SecretKey[])[Signing, Sealing, WitnessKey, LogKey, Root])
        {
            key.ExportTo(secret);
            writer.WriteBytes(secret);
        }

        CryptographicOperations.ZeroMemory(secret);
        return writer.ToArray();
    }

    /// <summary>What the consortium is told of this organisation.</summary>
    public MemberDescriptor Describe(string name, string kind, string endpoint) => new(
        new Member(Organisation, Signing.Public, name, kind, endpoint, Sealing.Public.ToArray(), Cosigner.Verifier.ToString()),
        LogSigner.Verifier.ToString());

    /// <inheritdoc/>
    public void Dispose()
    {
        Signing.Dispose();
        Sealing.Dispose();
        WitnessKey.Dispose();
        LogKey.Dispose();
        Root.Dispose();
        QuantumSafeWitness.Dispose();
        QuantumSafeLog.Dispose();
    }

    private static MlDsa44PrivateKey DeriveQuantumSafe(SymmetricKey root, string label)
    {
        using var derived = root.Derive(label);
        Span<byte> seed = stackalloc byte[MlDsa44PrivateKey.SeedLength];
        derived.ExportTo(seed);
        var key = MlDsa44PrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }
}
