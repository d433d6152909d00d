using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Tests.Consent.Emergencies;

/// <summary>A patient with an emergency policy, and a clinic that declares an emergency.</summary>
internal sealed class EmergencyStory
{
    private readonly XWingPrivateKey _key = new Dice(81).SealingKey();
    private readonly SymmetricKey _split = new Dice(82).SymmetricKey();

    public EmergencyStory()
    {
        Care = new CareStory().Open();
        SetPolicy(1);
    }

    public CareStory Care { get; }

    public LedgerInMemory Ledger => Care.Ledger;

    public EmergencyPolicy Policy { get; private set; } = null!;

    public IReadOnlyList<Share> Shares { get; private set; } = null!;

    public XWingPrivateKey Key => _key;

    public ReaderKeys Keys { get; } = ReaderKeys.Generate();

    public GrantId Grant { get; } = new Dice(83).Grant();

    public SymmetricKey LogKey { get; } = new Dice(84).SymmetricKey();

    public Members Members { get; set; } = Members.Of(Consortium.Genesis);

    public void SetPolicy(uint number, params string[] kinds)
    {
        (Policy, Shares) = EmergencyPolicy.Make(Care.Subject, number, _key, _split, Consortium.Custodians);
        var rule = new EmergencyRule(Policy.Digest, 0, kinds.Length == 0 ? ["clinic", "hospital"] : kinds);
        Ledger.Append(Care.Entries.SetEmergencyPolicy(new EmergencyPolicySet(number, rule), Ledger.ValidUntil));
    }

    public (ulong Index, Entry Entry) Declare(uint policy = 1)
    {
        var message = EmergencyAccess.MessageOf(CareStory.Genesis, Care.Subject.Topic, Grant, Consortium.Clinic.Id, EmergencyReason.CannotAnswer);
        var body = new EmergencyAccess(
            Consortium.Clinic.Id,
            Grant,
            policy,
            EmergencyReason.CannotAnswer,
            Keys.Reader.Public,
            Keys.Answer.Public.Digest,
            [.. new[] { new Dice(31).SigningKey(), new Dice(32).SigningKey() }.Select(key => new EmergencyRequester(key.Public, key.Sign(message))).OrderBy(requester => requester.Key)],
            new EmergencyAccount("found in the street", [new EmergencyPerson("Dr Li", "physician"), new EmergencyPerson("Wu", "nurse")]).Seal(Policy, Grant));
        var entry = Entry.Sign(ConsentEntryTypes.EmergencyAccess, Care.Subject.Topic, body.Encode(), Ledger.ValidUntil, Consortium.Clinic.SigningKey, CareStory.Genesis);
        return (Ledger.Append(entry), entry);
    }

    public EmergencyReleaseRequest Request(ulong index, Party? custodian = null, ReaderKeys? keys = null) =>
        EmergencyReleaseRequest.Sign(index, (custodian ?? Consortium.Insurer).Id, keys ?? Keys, Ledger.Now, CareStory.Genesis);

    public EmergencyDecision Decide(EmergencyReleaseRequest request, ILedgerView? view = null) =>
        new EmergencyCheck(Consortium.Insurer.Id, CareStory.Genesis).Decide(request, view ?? Ledger, Members, Care.Revocations, Ledger.Now);

    public EmergencyDeposit DepositFor(Party custodian)
    {
        using var keys = new EmergencyKeys(Consortium.Hospital.Id, Category.Medications, SymmetricKey.FromBytes(Bytes(LogKey)), [.. Care.Epochs.Take(1).Select(Copy)]);
        return new EmergencyDeposit(
            custodian.Id, Policy, 0, EmergencyShare.Seal(Shares[Consortium.Custodians.PlaceOf(custodian.Id)], Policy, custodian.SealingKey.Public), keys.Seal(Policy));
    }

    private static EpochKey Copy(EpochKey key)
    {
        var (seed, index) = (new byte[32], new byte[32]);
        key.SealingKey.ExportSeed(seed);
        key.IndexKey.ExportTo(index);
        return new EpochKey(key.Epoch, XWingPrivateKey.FromSeed(seed), new EhrLedger.Consent.Index.IndexKey(SymmetricKey.FromBytes(index)));
    }

    private static byte[] Bytes(SecretKey key)
    {
        var bytes = new byte[key.Length];
        key.ExportTo(bytes);
        return bytes;
    }
}
