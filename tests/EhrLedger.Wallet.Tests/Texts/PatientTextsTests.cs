using System.Reflection;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.App.Delegates;
using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.App.Session;
using EhrLedger.Wallet.App.Texts;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Emergencies;
using EhrLedger.Wallet.Erasing;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Guardians;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Texts;

public sealed class PatientTextsTests
{
    private static readonly string[] SameInBoth = ["Code", "OwnName"];

    private static IEnumerable<TestCaseData> Words() => WordsOf<PatientTexts>(texts => texts).Concat(WordsOf<EmergencyTexts>(texts => texts.Emergency)).Concat(WordsOf<ErasureTexts>(texts => texts.Erasure)).Concat(WordsOf<GuardianTexts>(texts => texts.Guardian)).Concat(WordsOf<DelegationTexts>(texts => texts.Delegation)).Concat(WordsOf<PasskeyTexts>(texts => texts.Passkey));

    [TestCaseSource(nameof(Words))]
    public void Every_language_has_every_text_in_its_own_words(Delegate text)
    {
        var said = Language.All.Select((Func<PatientTexts, string>)text).ToList();
        Assert.That(said, Has.All.Not.Empty);
        Assert.That(said, Is.Unique);
    }

    [Test]
    public void Every_language_has_a_name_for_every_case()
    {
        foreach (var texts in Language.All)
        {
            IEnumerable<string> said =
            [
                .. Enum.GetValues<Category>().Select(texts.NameOf),
                .. Enum.GetValues<ScreenName>().SelectMany(screen => new[] { texts.TitleOf(screen), texts.TabOf(screen) }),
                .. Enum.GetValues<FindingKind>().Select(kind => texts.Say(new Finding(kind, null, Category.Laboratory, ""), _ => "")),
                .. Enum.GetValues<GrantRefusal>().Select(texts.Say),
                .. Enum.GetValues<AlarmKind>().Select(texts.Say),
                .. Enum.GetValues<OpenOutcome>().Select(texts.Say),
                .. Enum.GetValues<EmergencyReason>().Select(texts.Emergency.Say),
                .. Enum.GetValues<DisputeGround>().Select(texts.Emergency.Say),
                .. Enum.GetValues<DisputeOutcome>().Select(texts.Emergency.Say),
                .. Enum.GetValues<EraseOutcome>().Select(texts.Erasure.Say),
                .. Enum.GetValues<HoldGround>().Select(texts.Erasure.Say),
                .. Enum.GetValues<ErasureAnswer>().Select(answer => texts.Erasure.Say("", new ErasureReply(NewOrganisation(), answer, null, DateTimeOffset.UnixEpoch))),
                .. Enum.GetValues<PasskeyOutcome>().Select(texts.Passkey.Say),
                .. Enum.GetValues<VetoOutcome>().Select(texts.Guardian.Say),
                .. DelegationChoice.AllActs.Select(texts.Delegation.NameOf),
                .. Enum.GetValues<DelegationStatus>().Select(texts.Delegation.Say),
                .. Enum.GetValues<DelegateOutcome>().Select(texts.Delegation.Say),
                .. Enum.GetValues<DelegateActKind>().Select(kind => texts.Delegation.Say(new DelegateAct(kind, DateTimeOffset.UnixEpoch, 0, 0, Category.Laboratory, null, null), _ => "")),
            ];
            Assert.That(said, Has.All.Not.Empty);
            Assert.That(Enum.GetValues<Category>().Select(texts.NameOf), Is.Unique);
        }
    }

    [TestCase("en", "City Clinic may see Medications and Laboratory for treatment until 3 March 2027.")]
    [TestCase("zh", "City Clinic 可以查看用药、化验，用于治疗，至 2027年3月3日。")]
    public void Grants_that_differ_in_their_category_only_are_one_sentence(string code, string sentence)
    {
        var clinic = NewOrganisation();
        var hospital = NewOrganisation();
        GrantShown Grant(Category category, GrantStatus status = GrantStatus.Active) => new(
            GrantId.Generate(), status, 0, hospital, category, clinic, true, DayRange.Of(new DateOnly(2027, 2, 1), new DateOnly(2027, 3, 3)), [PurposeOfUse.Treatment], null, true, DateTimeOffset.UnixEpoch, null, true);
        var sentences = GrantSentence.Of([Grant(Category.Immunizations, GrantStatus.Lapsed), Grant(Category.Medications), Grant(Category.Laboratory)]);
        Assert.Multiple(() =>
        {
            Assert.That(sentences, Has.Count.EqualTo(2));
            Assert.That(Language.All.Single(texts => texts.Code == code).Sentence(sentences[0], _ => "City Clinic"), Is.EqualTo(sentence));
            Assert.That(sentences[0].Grants, Has.Count.EqualTo(2));
            Assert.That(sentences[1].Stands, Is.False);
        });
    }

    [TestCase("en", "Bea", "City Clinic could see Laboratory for treatment until 3 March 2027, allowed by Bea. Ended by Carl on ")]
    [TestCase("en", "", "City Clinic could see Laboratory for treatment until 3 March 2027, allowed by somebody who acts for you. Ended by Carl on ")]
    [TestCase("zh", "Bea", "City Clinic 曾可以查看化验，用于治疗，至 2027年3月3日，由 Bea 授权。 Carl 于 ")]
    public void What_a_delegate_has_given_or_ended_names_the_delegate_and_is_a_sentence_of_its_own(string code, string by, string sentence)
    {
        var clinic = NewOrganisation();
        GrantShown Grant(Category category, string? givenBy) => new(
            GrantId.Generate(), GrantStatus.Revoked, 0, clinic, category, clinic, true, DayRange.Of(new DateOnly(2027, 2, 1), new DateOnly(2027, 3, 3)), [PurposeOfUse.Treatment], null, true, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, true)
        {
            GrantedBy = givenBy,
            EndedBy = "Carl",
        };
        var sentences = GrantSentence.Of([Grant(Category.Laboratory, by), Grant(Category.Medications, null)]);
        var texts = Language.All.Single(texts => texts.Code == code);
        Assert.That(sentences, Has.Count.EqualTo(2));
        Assert.That($"{texts.Sentence(sentences[0], _ => "City Clinic")} {texts.DetailOf(sentences[0])}", Does.StartWith(sentence));
        Assert.That(texts.Sentence(sentences[1], _ => "City Clinic"), Does.Not.Contain("allowed by").And.Not.Contain("授权"));
    }

    [TestCase(30, "30 days", "30 天")]
    [TestCase(365, "1 year", "1 年")]
    [TestCase(3_650, "10 years", "10 年")]
    public void How_long_somebody_may_act_is_said_in_years_where_it_is_some(int days, string english, string chinese) =>
        Assert.That(Language.All.Select(texts => texts.Delegation.LengthOf(days)), Is.EqualTo(new[] { english, chinese }));

    [TestCase(0, "0 hours", "0 小时")]
    [TestCase(24, "1 day", "1 天")]
    [TestCase(30, "30 hours", "30 小时")]
    [TestCase(48, "2 days", "2 天")]
    public void A_waiting_time_is_said_in_days_where_it_is_some(int hours, string english, string chinese) =>
        Assert.That(Language.All.Select(texts => texts.Guardian.HoursOf(hours)), Is.EqualTo(new[] { english, chinese }));

    [TestCase("2026", "2026", "2026年")]
    [TestCase("2026-02", "February 2026", "2026年2月")]
    [TestCase("2026-02-01", "1 February 2026", "2026年2月1日")]
    [TestCase("2026-02-01T23:30:00-05:00", "1 February 2026", "2026年2月1日")]
    [TestCase("soon", "soon", "soon")]
    [TestCase("", "", "")]
    public void A_date_is_said_as_exactly_as_it_was_written(string fhir, string english, string chinese) =>
        Assert.That(Language.All.Select(texts => texts.DateOf(fhir)), Is.EqualTo(new[] { english, chinese }));

    private static IEnumerable<TestCaseData> WordsOf<T>(Func<PatientTexts, T> part) =>
        typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.PropertyType == typeof(string) && !SameInBoth.Contains(property.Name))
            .Select(property => new TestCaseData((Func<PatientTexts, string>)(texts => (string)property.GetValue(part(texts))!)).SetArgDisplayNames($"{typeof(T).Name}.{property.Name}"));

    private static OrganisationId NewOrganisation()
    {
        using var key = Ed25519PrivateKey.Generate();
        return new OrganisationId(key.Public);
    }
}
