using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Guardians;

/// <summary>Whom the patient wants as guardians: docs/formats.md, guardians-wish.</summary>
/// <param name="Guardians">Ascending by their keys; none switches it off.</param>
/// <param name="Threshold">How many of them have to approve.</param>
/// <param name="Hours">How long this wallet can say no.</param>
/// <param name="Vetoed">A request that the patient has said no to, until the ledger shows it; null for none.</param>
/// <param name="ChangedAt">Unix milliseconds, by the device's clock: of two devices the later wish counts.</param>
internal sealed record GuardiansWish(IReadOnlyList<ChosenGuardian> Guardians, int Threshold, int Hours, Ed25519PublicKey? Vetoed, ulong ChangedAt)
{
    private const int Person = 3;
    private const int Organised = 4;

    public bool IsOn => Guardians.Count > 0;

    internal static void Write(DeterministicCborWriter writer, GuardiansWish wish)
    {
        writer.WriteArray(5)
            .WriteAll(wish.Guardians, WriteGuardian)
            .WriteUInt((ulong)wish.Threshold)
            .WriteUInt((ulong)wish.Hours);
        _ = wish.Vetoed is { } vetoed ? writer.WriteBytes(vetoed.ToArray()) : writer.WriteNull();
        writer.WriteUInt(wish.ChangedAt);
    }

    internal static GuardiansWish Read(StrictCborReader reader)
    {
        reader.ReadStartArray(5);
        var wish = new GuardiansWish(
            reader.ReadArray(0, GuardianRule.MostGuardians, ReadGuardian),
            (int)reader.ReadUInt(GuardianRule.MostGuardians),
            (int)reader.ReadUInt(GuardianRule.MostHours),
            reader.TryReadNull() ? null : reader.ReadKey(),
            reader.ReadUInt(long.MaxValue));
        reader.ReadEndArray();
        for (var i = 1; i < wish.Guardians.Count; i++)
        {
            reader.Require(wish.Guardians[i - 1].Key.CompareTo(wish.Guardians[i].Key) < 0);
        }

        return wish;
    }

    private static void WriteGuardian(DeterministicCborWriter writer, ChosenGuardian guardian)
    {
        writer.WriteArray(guardian.Organisation is null ? Person : Organised).WriteBytes(guardian.Key.ToArray()).WriteBytes(guardian.SealingKey.ToArray()).WriteText(guardian.Name);
        if (guardian.Organisation is { } organisation)
        {
            writer.WriteBytes(organisation.Key.ToArray());
        }
    }

    private static ChosenGuardian ReadGuardian(StrictCborReader reader)
    {
        var length = reader.ReadStartArray(Person, Organised);
        var key = reader.ReadKey();
        var sealingKey = reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span));
        var guardian = new ChosenGuardian(key, sealingKey, reader.ReadText(RecoveryAsk.LongestName), length == Organised ? reader.ReadOrganisation() : null);
        reader.ReadEndArray();
        return guardian;
    }
}

/// <summary>Who has agreed to be a guardian, as <see cref="PatientGuardians"/> has checked.</summary>
public sealed record ChosenGuardian
{
    internal ChosenGuardian(Ed25519PublicKey key, XWingPublicKey sealingKey, string name, OrganisationId? organisation = null) =>
        (Key, SealingKey, Name, Organisation) = (key, sealingKey, name, organisation);

    /// <summary>For this wallet alone.</summary>
    public Ed25519PublicKey Key { get; }

    /// <summary>What the share is sealed to.</summary>
    public XWingPublicKey SealingKey { get; }

    /// <summary>What the patient calls this guardian.</summary>
    public string Name { get; }

    /// <summary>Which organisation it is; null for a person.</summary>
    public OrganisationId? Organisation { get; }
}

/// <summary>A wallet that this wallet's owner is a guardian of.</summary>
/// <param name="Recovery">Whose.</param>
/// <param name="Name">What its owner calls himself or herself.</param>
public sealed record Guardianship(RecoveryId Recovery, string Name)
{
    internal static void Write(DeterministicCborWriter writer, Guardianship guardianship) =>
        writer.WriteArray(2).WriteBytes(guardianship.Recovery.Key.ToArray()).WriteText(guardianship.Name);

    internal static Guardianship Read(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var guardianship = new Guardianship(new RecoveryId(reader.ReadKey()), reader.ReadText(RecoveryAsk.LongestName));
        reader.ReadEndArray();
        return guardianship;
    }
}
