using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Wallet.Delegations;

/// <summary>What a patient leaves to a delegate.</summary>
/// <param name="Relationships">Whose records: indices of connections.</param>
/// <param name="Categories">Which of them. Connections times categories: 1 to 64.</param>
/// <param name="Acts">What the delegate may do.</param>
/// <param name="Purposes">What the delegate may grant for; 1 to 32. Everybody can see these on the ledger.</param>
/// <param name="Last">Last day, UTC; at most ten years on.</param>
public sealed record DelegationScope(
    IReadOnlyCollection<uint> Relationships, IReadOnlyCollection<Category> Categories, DelegateActs Acts, IReadOnlyCollection<PurposeOfUse> Purposes, DateOnly Last)
{
    internal IReadOnlyList<(uint Relationship, Category Category)> Subjects =>
        [.. from relationship in Relationships.Distinct().Order() from category in Categories.Distinct().Order() select (relationship, category)];
}

/// <summary>Somebody who has agreed to act, as <see cref="PatientDelegations.ReadAcceptance"/> has checked.</summary>
public sealed record AcceptedMandate
{
    internal AcceptedMandate(MandateId mandate, Salt salt, IReadOnlyList<Ed25519PublicKey> keys, XWingPublicKey sealingKey, string name) =>
        (Mandate, Salt, Keys, SealingKey, Name) = (mandate, salt, keys, sealingKey, name);

    /// <summary>What is agreed on. Where the patient's wallet shows it already, it is begun no second time.</summary>
    public MandateId Mandate { get; }

    /// <summary>What the patient calls this delegate.</summary>
    public string Name { get; }

    internal Salt Salt { get; }

    internal IReadOnlyList<Ed25519PublicKey> Keys { get; }

    internal XWingPublicKey SealingKey { get; }
}

/// <summary>What came of delegating.</summary>
public enum DelegateOutcome
{
    /// <summary>It is final, and the delegate can act.</summary>
    Delegated = 1,

    /// <summary>It is decided on, and not finished: <see cref="Wallet.ResumeAsync"/> goes on with it.</summary>
    Waiting = 2,

    /// <summary>The scope contradicts itself, or has more subjects than the delegate has given keys for. Nothing was done.</summary>
    BadScope = 3,

    /// <summary>The wallet has no such connection. Nothing was done.</summary>
    NotConnected = 4,
}
