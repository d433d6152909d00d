using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Recovery;

/// <summary>A wallet, three people who guard it, two of whom have to approve, and a new phone, on a ledger in memory.</summary>
public abstract class RecoveryScene
{
    private protected const int Hours = 48;

    private protected static readonly Digest Genesis = Consortium.Genesis.Digest;

    private protected readonly WalletSeed _seed = WalletSeed.FromBytes(new Dice(51).Bytes(32));
    private protected readonly Ed25519PrivateKey _request = new Dice(52).SigningKey();
    private protected readonly XWingPrivateKey _answer = new Dice(53).SealingKey();
    private protected Ed25519PrivateKey[] _guardians = [];
    private protected Ed25519PrivateKey _key = null!;
    private protected RecoveryId _id;
    private protected RecoveryEntries _entries = null!;
    private protected LedgerInMemory _ledger = null!;

    [SetUp]
    public void Begin()
    {
        _ledger = new LedgerInMemory();
        _key = _seed.DeriveRecoveryKey();
        _id = new RecoveryId(_key.Public);
        _entries = new RecoveryEntries(_id, _key, Genesis);
        _guardians = [.. Enumerable.Range(0, 3).Select(i => new Dice(60 + i).SigningKey()).OrderBy(key => key.Public)];
    }

    [TearDown]
    public void End()
    {
        _key.Dispose();
        Array.ForEach(_guardians, key => key.Dispose());
    }

    [OneTimeTearDown]
    public void Forget()
    {
        _seed.Dispose();
        _request.Dispose();
        _answer.Dispose();
    }

    private protected RecoveryState State => _ledger.FindRecovery(_id)!;

    private protected ulong Seconds => (ulong)_ledger.Now.ToUnixTimeSeconds();

    private protected GuardianRule Rule(uint number = 1, int threshold = 2, int hours = Hours, int guardians = 3)
    {
        using var shares = RecoveryPlan.Make(_seed, number, Math.Clamp(threshold, 1, guardians), guardians, Consortium.Custodians);
        return new GuardianRule(shares.Plan.Digest, 0, [.. _guardians.Take(guardians).Select(key => key.Public)], threshold, hours);
    }

    private protected Entry Setting(uint number, GuardianRule? rule) => _entries.Set(new GuardiansSet(number, rule), _ledger.ValidUntil);

    private protected void SetUp(uint number = 1) => _ledger.Append(Setting(number, Rule(number)));

    private protected GuardianApproval Approval(int guardian, uint number = 1, ulong? until = null, Ed25519PublicKey? request = null, Digest? answer = null, RecoveryId? recovery = null, Digest? genesis = null)
    {
        var last = until ?? (Seconds + 86_400);
        return new GuardianApproval(
            guardian, last, _guardians[guardian].Sign(GuardianApproval.MessageOf(genesis ?? Genesis, recovery ?? _id, number, request ?? _request.Public, answer ?? _answer.Public.Digest, last)));
    }

    private protected Entry Request(params GuardianApproval[] approvals) => Request(1, approvals);

    private protected Entry Request(uint number, GuardianApproval[] approvals, Ed25519PrivateKey? key = null, Digest? answer = null)
    {
        key ??= _request;
        return new RecoveryEntries(_id, key, Genesis).Request(new RecoveryRequested(number, key.Public, answer ?? _answer.Public.Digest, approvals), _ledger.ValidUntil);
    }

    private protected ulong Requested() => _ledger.Append(Request(Approval(0), Approval(2)));

    private protected Entry Veto(uint number = 1, Ed25519PublicKey? request = null) => _entries.Veto(new RecoveryVetoed(number, request ?? _request.Public), _ledger.ValidUntil);

    private protected void Refuses(Entry entry, string code) => Assert.That(_ledger.TryAppend(entry), Is.EqualTo(code));
}
