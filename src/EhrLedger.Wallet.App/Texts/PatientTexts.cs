using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.App.Session;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Records;
using EhrLedger.Wallet.Restoring;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>Every text that a patient reads, once in each language. A text that a language lacks fails the build.</summary>
internal abstract class PatientTexts
{
    /// <summary>BCP 47: en, zh.</summary>
    public abstract string Code { get; }

    /// <summary>About emergencies.</summary>
    public abstract EmergencyTexts Emergency { get; }

    /// <summary>About records that are erased.</summary>
    public abstract ErasureTexts Erasure { get; }

    /// <summary>About guardians.</summary>
    public abstract GuardianTexts Guardian { get; }

    /// <summary>About people who act for others.</summary>
    public abstract DelegationTexts Delegation { get; }

    /// <summary>About unlocking with a finger, a face or the screen lock.</summary>
    public abstract PasskeyTexts Passkey { get; }

    /// <summary>What the language calls itself.</summary>
    public abstract string OwnName { get; }

    public abstract string AppName { get; }

    public abstract string SkipToContent { get; }

    public abstract string Navigation { get; }

    public abstract string Lock { get; }

    public abstract string Updating { get; }

    public abstract string Working { get; }

    public abstract string NotLoaded { get; }

    public abstract string Back { get; }

    public abstract string Continue { get; }

    public abstract string Finish { get; }

    public abstract string Details { get; }

    public abstract string Unknown { get; }

    public abstract string ShowMore { get; }

    public abstract string Search { get; }

    /// <summary>A mark on what was not seen before.</summary>
    public abstract string New { get; }

    public abstract string TellOfLooks { get; }

    public abstract string PutAway { get; }

    /// <summary>Who has written a message, and when it came.</summary>
    public abstract string Wrote(string name, DateTimeOffset time);

    /// <summary>Reads that the patient has not seen yet.</summary>
    public abstract string NewLooks(IReadOnlyList<string> names, int count);

    public abstract string Welcome { get; }

    public abstract string WelcomeText { get; }

    public abstract string MakeWallet { get; }

    public abstract string HaveWords { get; }

    public abstract string YourWords { get; }

    public abstract string YourWordsText { get; }

    public abstract string WroteDown { get; }

    public abstract string ConfirmWords { get; }

    public abstract string ConfirmWordsText { get; }

    public abstract string ShowWordsAgain { get; }

    public abstract string WordsDiffer { get; }

    public abstract string RestoreTitle { get; }

    public abstract string RestoreText { get; }

    public abstract string RestoreReplaces { get; }

    public abstract string NotAPhrase { get; }

    public abstract string ChoosePin { get; }

    public abstract string NewPin { get; }

    public abstract string PinAgain { get; }

    public abstract string Pin { get; }

    public abstract string PinsDiffer { get; }

    public abstract string PinChanged { get; }

    public abstract string Unlock { get; }

    public abstract string Unlocking { get; }

    public abstract string ForgotPin { get; }

    public abstract string NeedsYou { get; }

    public abstract string NothingNeedsYou { get; }

    public abstract string NotConnected { get; }

    public abstract string ConnectHospital { get; }

    public abstract string Unfinished { get; }

    public abstract string WhoCanSee { get; }

    public abstract string NobodyCanSee { get; }

    public abstract string AllSharing { get; }

    public abstract string WhoLookedLast { get; }

    public abstract string NobodyLooked { get; }

    public abstract string AllLooked { get; }

    public abstract string ConnectText { get; }

    public abstract string Camera { get; }

    public abstract string Scan { get; }

    public abstract string StopCamera { get; }

    public abstract string PasteLink { get; }

    public abstract string OpenLink { get; }

    public abstract string NotAnInvitation { get; }

    public abstract string NotAMember { get; }

    public abstract string CheckedName { get; }

    public abstract string Connect { get; }

    public abstract string Connecting { get; }

    public abstract string ChooseWhatToShow { get; }

    public abstract string NoThanks { get; }

    public abstract string DeclineTellsNobody { get; }

    public abstract string CodeUnknown { get; }

    public abstract string ConnectWaits { get; }

    public abstract string SeeRecords { get; }

    public abstract string CategoryLabel { get; }

    public abstract string AllCategories { get; }

    public abstract string WhereFrom { get; }

    public abstract string Proven { get; }

    public abstract string NotProvenYet { get; }

    public abstract string RecordIdLabel { get; }

    public abstract string AuthorLabel { get; }

    public abstract string InFull { get; }

    public abstract string RecordMissing { get; }

    public abstract string ARecord { get; }

    public abstract string NewPermission { get; }

    public abstract string End { get; }

    public abstract string EndTitle { get; }

    public abstract string EndText { get; }

    public abstract string EndNow { get; }

    public abstract string KeepIt { get; }

    public abstract string Ended { get; }

    public abstract string EndWaits { get; }

    public abstract string AskThemForInvitation { get; }

    public abstract string NothingToShare { get; }

    public abstract string What { get; }

    public abstract string Why { get; }

    public abstract string HowLong { get; }

    public abstract string AlsoFuture { get; }

    public abstract string Allow { get; }

    public abstract string GrantedInPart { get; }

    public abstract string GrantWaits { get; }

    public abstract string AlarmsTitle { get; }

    public abstract string LogComplete { get; }

    public abstract string LogIncomplete { get; }

    public abstract string Organisation { get; }

    public abstract string Everybody { get; }

    public abstract string SaveTable { get; }

    public abstract string SaveAuditEvents { get; }

    public abstract string LanguageName { get; }

    public abstract string Theme { get; }

    public abstract string LargeText { get; }

    public abstract string Safety { get; }

    public abstract string ChangePin { get; }

    public abstract string ShowWords { get; }

    public abstract string ShownWordsText { get; }

    public abstract string HideWords { get; }

    public abstract string RemoveWallet { get; }

    public abstract string RemoveText { get; }

    public abstract string YourData { get; }

    public abstract string ExportText { get; }

    public abstract string About { get; }

    public abstract string PinnedByInvitation { get; }

    public abstract string PinnedByNode { get; }

    /// <summary>Whether the patient should be alarmed by it: silence and what is on its way are not.</summary>
    public static bool IsAlarm(FindingKind kind) => kind switch
    {
        FindingKind.RowNotFinalYet or FindingKind.LateArrival or FindingKind.NoAnswer or FindingKind.CustodianSilent or FindingKind.TopicIncomplete or FindingKind.EndedEpoch or FindingKind.ErasureUnanswered or FindingKind.ActedByDelegate => false,
        FindingKind.ErasedYetServed or FindingKind.RowMissing or FindingKind.RowsCut or FindingKind.RowNotInLog or FindingKind.NotOpenable or FindingKind.UnreadableDetails or FindingKind.OtherOrganisation
            or FindingKind.ReleaseWithoutEntry or FindingKind.InvalidEntry or FindingKind.MemoUnreadable or FindingKind.RecoveryPending or FindingKind.DelegateBeyondScope => true,
    };

    /// <summary>Categories that a person may not want to show with the others.</summary>
    public static bool IsSensitive(Category category) => category >= Category.MentalHealth;

    public abstract string TitleOf(ScreenName screen);

    public abstract string TabOf(ScreenName screen);

    public abstract string NameOf(Category category);

    public abstract string NameOf(PurposeOfUse purpose);

    /// <summary>What a resource without a title is called.</summary>
    public abstract string ResourceName(string type);

    public abstract string ThemeName(string theme);

    /// <summary>A day.</summary>
    public abstract string DayOf(DateTime day);

    /// <summary>A date as FHIR has it: a year, a month, a day or an instant. What is no date stays as it is.</summary>
    public abstract string DateOf(string fhir);

    /// <summary>A moment in the device's time zone; null for one that is not known yet.</summary>
    public abstract string When(DateTimeOffset? time);

    public abstract string LengthOf(int days);

    public abstract string WordNumber(int number);

    public abstract string ChoosePinText(int shortest);

    public abstract string PinTooShort(int shortest);

    public abstract string WrongPinWait(TimeSpan pause);

    public abstract string InvitedBy(string label);

    public abstract string InvitationWaits(string label);

    public abstract string AlarmsWait(int count);

    public abstract string AsksToRead(string name);

    public abstract string RequestWaits(string name);

    public abstract string RequestAnswered { get; }

    public abstract string DaysOf(int days);

    public abstract string WantsToConnect(string name);

    public abstract string Connected(string name, ulong total);

    public abstract string ConnectedWith(string name);

    public abstract string MaySee(string name);

    public abstract string Granted(string name);

    public abstract string OfRecordsBy(string author);

    public abstract string EndedPermissions(int count);

    public abstract string RecordCount(int count);

    public abstract string RecordsAsOf(DateTimeOffset time);

    public abstract string LookCount(int count);

    public abstract string Fresh(DateTimeOffset time);

    public abstract string AsOf(DateTimeOffset time);

    public abstract string WrittenBy(string author, DateTimeOffset time);

    public abstract string RecordProof(OwnRecord record);

    public abstract string LocksItself(TimeSpan limit);

    public abstract string ExportAll(int count);

    /// <summary>"City Clinic may see Laboratory and Medications for treatment until 3 March 2027."</summary>
    public abstract string Sentence(GrantSentence sentence, Func<OrganisationId, string> nameOf);

    /// <summary>How the grants stand, where the sentence does not say it.</summary>
    public abstract string DetailOf(GrantSentence sentence);

    /// <summary>Who in the organisation, in what role, what for.</summary>
    public abstract string WhoLine(AccessEvent seen);

    /// <summary>How somebody looked, and at what.</summary>
    public abstract string WhatLine(AccessEvent seen);

    /// <summary>What a line of the log rests on.</summary>
    public abstract string LookProof(AccessEvent seen, Func<OrganisationId, string> nameOf, DateTimeOffset? asOf);

    public abstract string Say(OpenOutcome outcome);

    public abstract string Say(RestoreOutcome outcome);

    public abstract string Say(GrantRefusal reason);

    public abstract string Say(AlarmKind kind);

    public abstract string Say(Finding finding, Func<OrganisationId, string> nameOf);

    /// <summary>The last day of a range.</summary>
    protected static DateTime LastDay(DayRange days) => DateTime.UnixEpoch.AddDays(days.Last);

    /// <summary>The first day of a range.</summary>
    protected static DateTime FirstDay(DayRange days) => DateTime.UnixEpoch.AddDays(days.First);
}
