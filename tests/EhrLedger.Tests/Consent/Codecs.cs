using System.Collections.Immutable;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Tests.Consent;

/// <summary>Every format of docs/formats.md that this project reads: how to make one, and how to write again what was read.</summary>
/// <param name="Name">As in the document; the golden file's name too.</param>
/// <param name="Make">Good bytes.</param>
/// <param name="Rewrite">Reads and writes again, from the parts alone. Null if the bytes are refused.</param>
internal sealed record Codec(string Name, Func<Dice, byte[]> Make, Func<byte[], byte[]?> Rewrite)
{
    public override string ToString() => Name;
}

internal static class Codecs
{
    private static readonly Digest Genesis = Digest.Of("a consortium"u8);
    private static readonly Ed25519PrivateKey Signer = Ed25519PrivateKey.FromSeed(Digest.Of("a signer"u8).ToArray());
    private static readonly Lazy<ReaderKeys> Reader = new(() => new(Signer, new Dice(-1).SealingKey()));

    public static readonly IReadOnlyList<Codec> All =
    [
        new("subject-opened", d => new SubjectOpened(d.Organisation(), d.Int(), d.Digest()).Encode(), b => SubjectOpened.TryParse(b)?.Encode()),
        new("subject-key-replaced", d => SubjectKeyReplaced.Sign(Genesis, d.Subject(), Signer.Public, d.SigningKey()).Encode(), b => SubjectKeyReplaced.TryParse(b)?.Encode()),
        new("granted", d => new GrantBody(d.Grant(), d.SigningKey().Public, d.Digest(), d.Days(), d.Digest(), d.Digest(), d.Bytes(40)).Encode(), b => GrantBody.TryParse(b)?.Encode()),
        new(
            "grant-extended",
            d => new GrantExtended(d.Int(), d.Several(1, 3, () => new GrantExtension(d.Grant(), d.Digest(), d.Bytes(20)))).Encode(),
            b => GrantExtended.TryParse(b) is { } body ? new GrantExtended(body.Epoch, [.. body.Grants.Reverse()]).Encode() : null),
        new("revoked", d => new Revoked(d.Grant(), d.Int(), d.Digest()).Encode(), b => Revoked.TryParse(b)?.Encode()),
        new("epoch-started", d => new EpochStarted(d.Int(), d.Digest()).Encode(), b => EpochStarted.TryParse(b)?.Encode()),
        new("access", d => new AccessBody(d.Grant(), d.Digest(), d.Bytes(50)).Encode(), b => AccessBody.TryParse(b)?.Encode()),
        new("subject-state", d => State(d).Encode(), b => SubjectState.TryParse(b)?.Encode()),
        new("subject-state-2", d => StateWithEmergencies(d).Encode(), b => SubjectState.TryParse(b) is { Emergencies.LastNumber: > 0 } state ? state.Encode() : null),
        new("subject-state-3", d => StateWithErasures(d).Encode(), b => SubjectState.TryParse(b) is { Erasures.Length: > 0 } state ? state.Encode() : null),
        new("subject-state-4", d => StateWithDelegations(d).Encode(), b => SubjectState.TryParse(b) is { } state && b[1] == 4 ? state.Encode() : null),
        new("delegated", d => new Delegated(Delegation(d), d.SigningKey().Public, Acts(d), d.Several(1, 2, d.Purpose), d.Int(), d.Bytes(40)).Encode(), b => Delegated.TryParse(b)?.Encode()),
        new(
            "delegation-ended",
            d => new DelegationEnded(Delegation(d), d.Coin() ? new SubjectsEnding(d.Int(), d.Digest(), d.Coin()) : null).Encode(),
            b => DelegationEnded.TryParse(b)?.Encode()),
        new(
            "delegate-granted",
            d => new DelegateGranted(Delegation(d), new GrantBody(d.Grant(), d.SigningKey().Public, d.Digest(), d.Days(), d.Digest(), d.Digest(), d.Bytes(40))).Encode(),
            b => DelegateGranted.TryParse(b)?.Encode()),
        new("delegate-ended-grant", d => new DelegateEndedGrant(Delegation(d), d.Grant()).Encode(), b => DelegateEndedGrant.TryParse(b)?.Encode()),
        new("delegation-memo", d => new DelegationMemo(d.Salt(), d.Int(), d.SealingKey().Public, d.Text()).Encode(), b => DelegationMemo.TryParse(b)?.Encode()),
        new("delegate-invitation", d => new DelegateInvitation(d.Digest(), new MandateId(d.SigningKey().Public), d.Salt(), 1 + (int)d.Number(64), d.Text()).Encode(), b => DelegateInvitation.TryDecode(b)?.Encode()),
        new(
            "delegate-acceptance",
            d => DelegateAcceptance.Sign(Genesis, new MandateId(d.SigningKey().Public), d.Salt(), d.Several(1, 3, d.SigningKey), d.SealingKey()).Encode(),
            b => DelegateAcceptance.TryDecode(b)?.Encode()),
        new("delegated-keys", d => KeysOfDelegate(d).Encode(), b => DelegatedKeys.TryParse(b)?.Encode()),
        new("published-keys", d => new PublishedKeys(d.Digest(), d.Bytes(40)).Encode(), b => PublishedKeys.TryParse(b)?.Encode()),
        new("erased", d => new Erased(d.Digest(), d.Bytes(40)).Encode(), b => Erased.TryParse(b)?.Encode()),
        new("erasure-answered", d => Answered(d).Encode(), b => ErasureAnswered.TryParse(b)?.Encode()),
        new("erasure", d => new Erasure(d.Salt(), d.Subject(), [.. d.Several(1, 4, d.Digest).Order()]).Encode(), b => Erasure.TryParse(b)?.Encode()),
        new("erasure-order", d => Order(d).Encode(), b => ErasureOrder.TryParse(b)?.Encode()),
        new("emergency-policy-set", d => new EmergencyPolicySet(d.Int(), d.Coin() ? Rule(d) : null).Encode(), b => EmergencyPolicySet.TryParse(b)?.Encode()),
        new("emergency-access", d => Emergency(d).Encode(), b => EmergencyAccess.TryParse(b)?.Encode()),
        new("emergency-disputed", d => new EmergencyDisputed(d.Grant(), (DisputeGround)(1 + d.Number(3))).Encode(), b => EmergencyDisputed.TryParse(b)?.Encode()),
        new("emergency-policy", d => Policy(d).Encode(), b => EmergencyPolicy.TryParse(b)?.Encode()),
        new(
            "emergency-keys",
            d => new EmergencyKeys(d.Organisation(), Category.Genetics, d.SymmetricKey(), [.. Enumerable.Range(0, 1 + (int)d.Number(2)).Select(epoch => new EpochKey((uint)epoch, d.SealingKey(), new IndexKey(d.SymmetricKey())))]).Encode(),
            b => EmergencyKeys.TryParse(b)?.Encode()),
        new("emergency-account", d => new EmergencyAccount("fell from a ladder", [new EmergencyPerson(d.Text(), "physician"), new EmergencyPerson("Nurse", "nurse")]).Encode(), b => EmergencyAccount.TryParse(b)?.Encode()),
        new(
            "emergency-deposit",
            d => new EmergencyDeposit(d.Organisation(), Policy(d), d.Int(), d.Bytes(EmergencyShare.SealedLength), d.Bytes(50)).Encode(),
            b => EmergencyDeposit.TryParse(b)?.Encode()),
        new(
            "emergency-release-request",
            d => EmergencyReleaseRequest.Sign(d.Long(), d.Organisation(), Reader.Value, DateTimeOffset.FromUnixTimeMilliseconds(d.Int()), Genesis).EncodePayload(),
            b => EmergencyReleaseRequest.TryParse(Sign(SignedAs.EmergencyReleaseRequest, b))?.EncodePayload()),
        new("header", d => d.Header().Bytes.ToArray(), b => RecordHeader.TryParse(b) is { } h ? Again(h) : null),
        new("write-row", d => d.Row(d.Header()).Encode(), b => WriteRow.TryParse(b)?.Encode()),
        new(
            "read-row",
            d => new ReadRow(d.Salt(), d.Subject(), d.Long(), (ReadLevel)(1 + d.Number(3)), d.Digest(), d.Several(0, 4, d.Version), d.Purpose(), d.Text(), "nurse").Encode(),
            b => ReadRow.TryParse(b)?.Encode()),
        new("anchor", d => d.Anchor().Encode(), b => Anchor.TryParse(b)?.Encode()),
        new("sealed-half", d => d.Half().Encode(), b => SealedHalf.TryParse(b)?.Encode()),
        new("terms", d => d.Terms().Encode(), b => GrantTerms.TryParse(b)?.Encode()),
        new("access-key", d => Key(d).Encode(), b => AccessKey.TryParse(b)?.Encode()),
        new("grant-memo", d => new GrantMemo(d.Organisation(), Category.Genetics, d.Terms(), d.SealingKey().Public, d.Bytes(30)).Encode(), b => GrantMemo.TryParse(b)?.Encode()),
        new("extension-memo", d => new ExtensionMemo(d.Int()).Encode(), b => ExtensionMemo.TryParse(b)?.Encode()),
        new("search-opening", d => new SearchOpening(d.Salt(), d.Purpose(), d.Digest()).Encode(), b => SearchOpening.TryParse(b)?.Encode()),
        new("read-opening", d => new ReadOpening(d.Salt(), d.Purpose(), d.Several(1, 4, d.Version)).Encode(), b => ReadOpening.TryParse(b)?.Encode()),
        new("details", d => new AccessDetails(d.Bytes(30), d.Organisation(), d.Text(), "physician", d.Digest()).Encode(), b => AccessDetails.TryParse(b)?.Encode()),
        new("index-plain", d => Index(d).Encode(), b => IndexRow.TryParse(b)?.Encode()),
        new("statement", d => Statement(d).Payload.ToArray(), b => ReaderKeyStatement.Open(Sign(SignedAs.ReaderKeyStatement, b), Signer.Public, Genesis) is { } s ? Again(s) : null),
        new("release-request", d => Release(d).EncodePayload(), b => ReleaseRequest.TryParse(Sign(SignedAs.ReleaseRequest, b))?.EncodePayload()),
        new("search-request", d => Search(d).EncodePayload(), b => SearchRequest.TryParse(Sign(SignedAs.SearchRequest, b))?.EncodePayload()),
        .. RecoveryCodecs.All,
    ];

    private static byte[] Sign(SignedAs purpose, byte[] payload) => CoseSign1.Sign(purpose, payload, Signer, Genesis);

    private static byte[] Again(RecordHeader h) =>
        RecordHeader.Create(h.Record, h.Subject, h.Epoch, h.Author, h.CustodianSet, h.ShareDigests, h.Time, h.ContentType, h.Random.Span).Bytes.ToArray();

    // A time beyond the calendar can be read but not written again: nobody signs such a statement.
    private static byte[]? Again(ReaderKeyStatement s) => s.Time > 253_402_300_799_999
        ? null
        : CoseSign1.TryParse(ReaderKeyStatement.Sign(s.Keys, s.PatientLink, DateTimeOffset.FromUnixTimeMilliseconds((long)s.Time), Signer, Genesis).SignedBytes)!.Payload.ToArray();

    private static SignedMessage Statement(Dice d) => CoseSign1.TryParse(ReaderKeyStatement.Sign(
        d.Several(1, 3, () => new ReaderKeyPair(d.SigningKey().Public, d.Digest())), "Patient/7", DateTimeOffset.FromUnixTimeMilliseconds(d.Int()), Signer, Genesis).SignedBytes)!;

    private static SubjectState State(Dice d)
    {
        var grants = d.Several(0, 3, () => new OpenGrant(d.Grant(), d.SigningKey().Public, d.Digest(), d.Days(), d.Digest(), d.Long(), d.Coin() ? d.Int() : null));
        return new SubjectState(
            d.SigningKey().Public,
            d.Organisation(),
            d.Number(1000),
            [.. d.Several(1, 4, () => new EpochStart(d.Digest(), d.Long()))],
            grants.ToImmutableSortedDictionary(grant => grant.Id, grant => grant),
            [.. d.Several(0, 3, d.Grant)]);
    }

    private static EmergencyRule Rule(Dice d) => new(d.Digest(), d.Int(), d.Coin() ? ["hospital"] : ["clinic", "hospital"]);

    private static SubjectState StateWithEmergencies(Dice d)
    {
        var state = State(d);
        var emergencies = d.Several(1, 2, () => new OpenGrant(d.Grant(), d.SigningKey().Public, d.Digest(), d.Days(), d.Digest(), d.Long(), null) { Emergency = new OpenEmergency(d.Organisation(), d.Long(), d.Int()) });
        return state.With(
            grants: state.Grants.AddRange(emergencies.Select(grant => KeyValuePair.Create(grant.Id, grant))),
            emergencies: new SubjectEmergencies(d.Int() | 1, d.Coin() ? Rule(d) : null, [.. d.Several(0, 3, d.Grant)]));
    }

    private static SubjectState StateWithErasures(Dice d)
    {
        var state = d.Coin() ? State(d) : StateWithEmergencies(d);
        return state.With(erasures: [.. d.Several(1, 2, () => OpenErasure.Begun(d.Digest(), d.Long()) is var begun
            ? begun with { Answers = begun.Answers.AddRange(d.Several(0, 3, () => KeyValuePair.Create(d.Organisation(), (ErasureAnswer)(1 + d.Number(3))))) }
            : null!)]);
    }

    private static DelegationId Delegation(Dice d) => DelegationId.FromBytes(d.Bytes(DelegationId.Length));

    private static DelegateActs Acts(Dice d) => (DelegateActs)(1 + d.Number(7));

    private static SubjectState StateWithDelegations(Dice d)
    {
        var state = d.Coin() ? State(d) : StateWithErasures(d);
        var grants = d.Several(0, 2, () => new OpenGrant(d.Grant(), d.SigningKey().Public, d.Digest(), d.Days(), d.Digest(), d.Long(), null) { Delegate = new DelegatesGrant(Delegation(d), [d.Purpose()]) });
        return state.With(
            grants: state.Grants.AddRange(grants.Select(grant => KeyValuePair.Create(grant.Id, grant))),
            delegations: d.Several(grants.Length == 0 ? 1 : 0, 2, () => new OpenDelegation(Delegation(d), d.SigningKey().Public, Acts(d), [d.Purpose()], d.Int())).ToImmutableSortedDictionary(one => one.Id, one => one));
    }

    private static DelegatedKeys KeysOfDelegate(Dice d)
    {
        var (epoch, number) = (d.Number(100), d.Number(10));
        return new DelegatedKeys(d.Several(0, 2, () => new DelegatedSubject
        {
            Subject = d.Subject(),
            Author = d.Organisation(),
            Category = Category.Genetics,
            Delegation = Delegation(d),
            Number = number++,
            MemoKey = d.SymmetricKey(),
            Epochs = d.Several(0, 2, () => new EpochKey(epoch++, d.SealingKey(), new IndexKey(d.SymmetricKey()))),
            Logs = d.Several(0, 2, () => new DelegatedLog(d.Grant(), d.Organisation(), d.SymmetricKey())),
        }));
    }

    private static ErasureAnswered Answered(Dice d)
    {
        var answer = (ErasureAnswer)(1 + d.Number(3));
        return new ErasureAnswered(d.Digest(), d.Organisation(), answer, answer == ErasureAnswer.Held ? (HoldGround)(1 + d.Number(3)) : null);
    }

    private static ErasureOrder Order(Dice d)
    {
        var sealings = d.Several(1, 2, () => d.Header() is var header ? new NamedSealing(header, d.Row(header), new Anchor(d.Long(), d.Path())) : null!)
            .OrderBy(sealing => sealing.Header.Digest).ToList();
        return new ErasureOrder(new Erasure(d.Salt(), d.Subject(), [.. sealings.Select(sealing => sealing.Header.Digest)]), sealings);
    }

    private static EmergencyAccess Emergency(Dice d) => new(
        d.Organisation(),
        d.Grant(),
        d.Int(),
        (EmergencyReason)(1 + d.Number(3)),
        d.SigningKey().Public,
        d.Digest(),
        [.. new[] { d.SigningKey().Public, d.SigningKey().Public }.Order().Select(key => new EmergencyRequester(key, d.Bytes(64)))],
        d.Bytes(40));

    private static EmergencyPolicy Policy(Dice d)
    {
        using var key = d.SealingKey();
        using var split = d.SymmetricKey();
        var custodians = new CustodianSet(0, d.Several(1, 4, d.Organisation), 1);
        return EmergencyPolicy.Make(d.Subject(), d.Int() | 1, key, split, custodians with { Threshold = custodians.Custodians.Count }).Policy;
    }

    private static AccessKey Key(Dice d)
    {
        var subject = d.Subject();
        var epoch = d.Number(100);
        return new AccessKey
        {
            Grant = d.Grant(),
            Subject = subject,
            Author = d.Organisation(),
            Category = Category.Medications,
            Terms = d.Terms(subject),
            LogKey = d.SymmetricKey(),
            Epochs = d.Several(0, 2, () => new EpochKey(epoch++, d.SealingKey(), new IndexKey(d.SymmetricKey()))),
            Records = d.Several(0, 2, () => Single(d)),
            PatientLink = "Patient/7",
        };
    }

    private static RecordKey Single(Dice d)
    {
        var header = d.Header();
        return new RecordKey(header, d.Row(header), d.Anchor(), EhrLedger.Crypto.Sealing.HalfKey.TryFromBytes(d.Bytes(32))!);
    }

    private static IndexRow Index(Dice d)
    {
        var header = d.Header();
        return new IndexRow(header, d.Row(header), d.Long(), d.Path(), d.Half());
    }

    private static ReleaseRequest Release(Dice d) => ReleaseRequest.Sign(
        d.Long(),
        d.Organisation(),
        d.Terms(),
        new ReadOpening(d.Salt(), d.Purpose(), d.Several(1, 2, d.Version)),
        Reader.Value,
        d.Several(1, 2, () => d.Header() is var header ? new RequestedRecord(header.Bytes, d.Row(header).Encode(), d.Anchor()) : null!),
        DateTimeOffset.FromUnixTimeMilliseconds(d.Int()),
        Genesis);

    private static SearchRequest Search(Dice d) => SearchRequest.Sign(
        d.Long(),
        d.Organisation(),
        d.Terms(),
        new SearchOpening(d.Salt(), d.Purpose(), d.Digest()),
        d.Several(0, 2, () => d.Several(1, 2, () => Token.FromBytes(d.Bytes(16)))),
        d.Long(),
        1 + d.Number(1000),
        Signer,
        DateTimeOffset.FromUnixTimeMilliseconds(d.Int()),
        Genesis);
}
