using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;

namespace EhrLedger.Wallet.Keys;

/// <summary>One subject's keys, as long as they are in use. Zeroed on Dispose.</summary>
internal sealed class SubjectKeys : IDisposable
{
    private readonly CategoryKeys _keys;
    private readonly Dictionary<uint, XWingPrivateKey> _sealingKeys = [];
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

    /// <summary>Opens K2. Stays this object's.</summary>
    public XWingPrivateKey SelfKey => _selfKey ??= _keys.DeriveSelfKey();

    /// <summary>Opens K1. Stays this object's.</summary>
    public XWingPrivateKey SealingKey(uint epoch) => _sealingKeys.TryGetValue(epoch, out var key) ? key : _sealingKeys[epoch] = _keys.DeriveSealingKey(epoch);

    /// <summary>The caller disposes of it.</summary>
    public IndexKey DeriveIndexKey(uint epoch) => new(_keys.DeriveIndexKey(epoch));

    /// <summary>Both keys of an epoch, to be given away. The caller disposes of them.</summary>
    public EpochKey DeriveEpochKey(uint epoch) => new(epoch, _keys.DeriveSealingKey(epoch), DeriveIndexKey(epoch));

    public void Dispose()
    {
        Identity.Dispose();
        Memo.Dispose();
        _selfKey?.Dispose();
        foreach (var key in _sealingKeys.Values)
        {
            key.Dispose();
        }

        _keys.Dispose();
    }
}
