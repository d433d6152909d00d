using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;

namespace EhrLedger.Wallet.Keys;

/// <summary>One subject's keys, as long as they are in use. Zeroed on Dispose.</summary>
internal sealed class SubjectKeys : IDisposable
{
    private readonly CategoryKeys _keys;
    private readonly Dictionary<uint, XWingPrivateKey> _sealingKeys = [];
    private readonly Dictionary<DelegationId, MemoKey> _delegates = [];
    private XWingPrivateKey? _selfKey;

    public SubjectKeys(WalletSeed seed, uint relationship, Category category)
    {
        using var branch = seed.DeriveRelationship(relationship);
        _keys = branch.DeriveCategory((uint)category);
        Category = category;
        Identity = _keys.DeriveIdentity();
        Subject = new SubjectId(Identity.Public);
        Memo = new MemoKey(_keys.DeriveMemoKey());
    }

    public Category Category { get; }

    public SubjectId Subject { get; }

    /// <summary>Signs for the subject.</summary>
    public Ed25519PrivateKey Identity { get; }

    public MemoKey Memo { get; }

    /// <summary>Of what a delegate has granted, or, for null, the patient. Stays this object's.</summary>
    public MemoKey MemoOf(DelegationId? by) =>
        by is not { } id ? Memo : _delegates.TryGetValue(id, out var key) ? key : _delegates[id] = new MemoKey(Memo.DeriveDelegateKey(id));

    /// <summary>Opens K2. Stays this object's.</summary>
    public XWingPrivateKey SelfKey => _selfKey ??= _keys.DeriveSelfKey();

    /// <summary>Opens K1. Stays this object's.</summary>
    public XWingPrivateKey SealingKey(uint epoch) => _sealingKeys.TryGetValue(epoch, out var key) ? key : _sealingKeys[epoch] = _keys.DeriveSealingKey(epoch);

    /// <summary>The caller disposes of it.</summary>
    public IndexKey DeriveIndexKey(uint epoch) => new(_keys.DeriveIndexKey(epoch));

    /// <summary>Both keys of an epoch, to be given away. The caller disposes of them.</summary>
    public EpochKey DeriveEpochKey(uint epoch) => new(epoch, _keys.DeriveSealingKey(epoch), DeriveIndexKey(epoch));

    /// <summary>What an organisation says to the patient alone with an emergency. Null if it does not open.</summary>
    public EmergencyAccount? OpenAccount(EmergencyAccess emergency)
    {
        using var key = _keys.DeriveEmergencyKey(emergency.Policy);
        return EmergencyAccount.Open(key, emergency.Grant, emergency.SealedAccount.Span);
    }

    /// <summary>What an emergency's searches and reads are sealed with. The caller disposes of it.</summary>
    public SymmetricKey DeriveLogKey(EmergencyAccess emergency)
    {
        using var policyKey = _keys.DeriveEmergencyLogKey(emergency.Policy);
        return EmergencyKeys.LogKeyOf(policyKey, emergency.Grant);
    }

    /// <summary>What the log keys of emergencies under a policy come from. The caller disposes of it.</summary>
    public SymmetricKey DeriveEmergencyLogKey(uint policy) => _keys.DeriveEmergencyLogKey(policy);

    /// <summary>The policy with this number, the same each time, with the custodians' shares; the caller disposes of those.</summary>
    public (EmergencyPolicy Policy, IReadOnlyList<Share> Shares) MakeEmergencyPolicy(uint policy, CustodianSet custodians)
    {
        using var key = _keys.DeriveEmergencyKey(policy);
        using var split = _keys.DeriveEmergencySplit(policy);
        return EmergencyPolicy.Make(Subject, policy, key, split, custodians);
    }

    public void Dispose()
    {
        Identity.Dispose();
        Memo.Dispose();
        _selfKey?.Dispose();
        foreach (var memo in _delegates.Values)
        {
            memo.Dispose();
        }

        foreach (var key in _sealingKeys.Values)
        {
            key.Dispose();
        }

        _keys.Dispose();
    }
}
