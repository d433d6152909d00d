using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Subjects;

/// <summary>A subject that a hospital has opened, on a ledger in memory, and what tests of its contract do with it.</summary>
public abstract class SubjectScene
{
    private protected readonly Ed25519PrivateKey _key = new Dice(7).SigningKey();
    private protected LedgerInMemory _ledger = null!;
    private protected SubjectId _subject;
    private protected ConsentEntries _entries = null!;
    private protected int _random;

    [SetUp]
    public void Open()
    {
        _ledger = new LedgerInMemory();
        _subject = new SubjectId(_key.Public);
        _entries = new ConsentEntries(_subject, _key, Consortium.Genesis.Digest);
        _random = 100;
        _ledger.Append(_entries.Open(new SubjectOpened(Consortium.Hospital.Id, 0, Digest.Of("epoch 0"u8)), _ledger.ValidUntil));
    }

    [OneTimeTearDown]
    public void Forget() => _key.Dispose();

    private protected SubjectState State => _ledger.FindSubject(_subject)!;

    private protected void Refuses(Entry entry, string code) => Assert.That(_ledger.TryAppend(entry), Is.EqualTo(code));

    private protected void Refuses(GrantBody body, string code) => Refuses(_entries.Grant(body, _ledger.ValidUntil), code);

    private protected GrantBody Granted(uint? first = null, uint? last = null)
    {
        var body = Body(first, last);
        _ledger.Append(_entries.Grant(body, _ledger.ValidUntil));
        return body;
    }

    private protected (GrantBody Body, Ed25519PrivateKey Reader) GrantedTo(uint? first = null, uint? last = null)
    {
        var reader = new Dice(_random++).SigningKey();
        var body = Body(first, last) with { ReaderKey = reader.Public };
        _ledger.Append(_entries.Grant(body, _ledger.ValidUntil));
        return (body, reader);
    }

    private protected GrantBody Body(uint? first = null, uint? last = null)
    {
        var dice = new Dice(_random++);
        return new GrantBody(
            dice.Grant(), dice.SigningKey().Public, dice.Digest(), new DayRange(first ?? _ledger.Today, last ?? (_ledger.Today + 30)), dice.Digest(), dice.Digest(), dice.Bytes(20));
    }

    private protected static GrantExtended Extension(uint epoch, params GrantId[] grants) => new(epoch, [.. grants.Select(grant => new GrantExtension(grant, default, new byte[8]))]);

    private protected Entry Access(uint type, GrantId grant, Ed25519PrivateKey reader) =>
        Entry.Sign(new EntryType(type), _subject.Topic, new AccessBody(grant, default, new byte[8]).Encode(), _ledger.ValidUntil, reader, Consortium.Genesis.Digest);

    private protected string? Evaluate(SubjectContract contract, SubjectState state, Entry entry) =>
        contract.Evaluate(state, entry, new Moment(_ledger.Size, (ulong)_ledger.Now.ToUnixTimeMilliseconds(), 5), Members.Of(Consortium.Genesis)) is Verdict.Rejected(var reason)
            ? reason.Code
            : null;
}
