using System.Globalization;
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

/// <summary>English.</summary>
internal sealed class EnglishTexts : PatientTexts
{
    public EnglishTexts()
    {
        Emergency = new EnglishEmergencyTexts(this);
        Erasure = new EnglishErasureTexts(this);
        Guardian = new EnglishGuardianTexts(this);
        Delegation = new EnglishDelegationTexts(this);
        Passkey = new EnglishPasskeyTexts();
    }

    public override string Code => "en";

    public override EmergencyTexts Emergency { get; }

    public override ErasureTexts Erasure { get; }

    public override GuardianTexts Guardian { get; }

    public override DelegationTexts Delegation { get; }

    public override PasskeyTexts Passkey { get; }

    public override string OwnName => "English";

    public override string AppName => "My health wallet";

    public override string SkipToContent => "Skip to the content";

    public override string Navigation => "Screens";

    public override string Lock => "Lock";

    public override string Updating => "Checking for news…";

    public override string Working => "Please wait…";

    public override string NotLoaded => "The app could not be loaded. Check the connection, and open it again.";

    public override string Back => "Back";

    public override string Continue => "Continue";

    public override string Finish => "Finish";

    public override string Details => "Details";

    public override string Unknown => "Unknown";

    public override string New => "New";

    public override string TellOfLooks => "Tell me at home when somebody has looked";

    public override string PutAway => "Put away";

    public override string Wrote(string name, DateTimeOffset time) => $"{name} wrote, {When(time)}:";

    public override string NewLooks(IReadOnlyList<string> names, int count) => $"{And(names)} looked at your records{(count > names.Count ? $", {count} times" : "")}, since you last checked.";

    public override string ShowMore => "Show more";

    public override string Search => "Search";

    public override string Welcome => "Your health records, in your hands";

    public override string WelcomeText => "See your records from every hospital, decide who else may see them, and see who looked. The keys are made on this device and never leave it.";

    public override string MakeWallet => "Make a new wallet";

    public override string HaveWords => "I have 24 words";

    public override string YourWords => "Your 24 words";

    public override string YourWordsText => "Write these words on paper, in this order, and keep the paper safe. Whoever has them has your wallet. If you lose this device, they bring everything back; without them nobody can.";

    public override string WroteDown => "I have written them down";

    public override string ConfirmWords => "Check your paper";

    public override string ConfirmWordsText => "Type these three words from your paper.";

    public override string ShowWordsAgain => "Show the words again";

    public override string WordsDiffer => "These are not the words. Look at your paper again.";

    public override string RestoreTitle => "Bring back your wallet";

    public override string RestoreText => "Type your 24 words, with spaces between them. The first four letters of each are enough.";

    public override string RestoreReplaces => "The wallet on this device is replaced.";

    public override string NotAPhrase => "These are not 24 words of a wallet. Check the spelling and the order.";

    public override string ChoosePin => "Choose a PIN";

    public override string NewPin => "New PIN or passphrase";

    public override string PinAgain => "The same again";

    public override string Pin => "PIN or passphrase";

    public override string PinsDiffer => "The two are not the same.";

    public override string PinChanged => "The PIN is changed.";

    public override string Unlock => "Unlock";

    public override string Unlocking => "Unlocking…";

    public override string ForgotPin => "I forgot my PIN";

    public override string NeedsYou => "What needs you";

    public override string NothingNeedsYou => "Nothing. All is well.";

    public override string NotConnected => "You are not connected with any hospital yet.";

    public override string ConnectHospital => "Connect with a hospital";

    public override string Unfinished => "Something you decided is not finished yet. The wallet goes on with it by itself.";

    public override string WhoCanSee => "Who can see my records now";

    public override string NobodyCanSee => "Nobody but the hospitals that wrote them.";

    public override string AllSharing => "All permissions";

    public override string WhoLookedLast => "Who looked last";

    public override string NobodyLooked => "Nobody has looked yet.";

    public override string AllLooked => "Everybody who looked";

    public override string ConnectText => "Scan the code on the card or screen of the hospital, or paste the link that it sent you.";

    public override string Camera => "Picture of the camera";

    public override string Scan => "Scan a code";

    public override string StopCamera => "Stop the camera";

    public override string PasteLink => "Link of the invitation";

    public override string OpenLink => "Open the link";

    public override string NotAnInvitation => "This is not an invitation. Ask for a new link.";

    public override string NotAMember => "No such organisation is a member of this network. Do not trust this invitation.";

    public override string CheckedName => "The name is the one on the ledger, not the one that the link says.";

    public override string Connect => "Connect";

    public override string Connecting => "Connecting. New keys are made for you…";

    public override string ChooseWhatToShow => "Choose what they may see";

    public override string NoThanks => "No, thanks";

    public override string DeclineTellsNobody => "If you say no, they learn nothing: not even that you saw the question.";

    public override string CodeUnknown => "The code is used up or too old. Ask the front desk for a new one.";

    public override string ConnectWaits => "The hospital does not answer just now. The wallet tries again by itself.";

    public override string SeeRecords => "See my records";

    public override string CategoryLabel => "Kind of record";

    public override string AllCategories => "All kinds";

    public override string WhereFrom => "Where it is from";

    public override string Proven => "Verified";

    public override string NotProvenYet => "Not verified yet";

    public override string RecordIdLabel => "Number of the record";

    public override string AuthorLabel => "Key of the organisation";

    public override string InFull => "The record in full";

    public override string RecordMissing => "This record is not here.";

    public override string ARecord => "a record";

    public override string NewPermission => "New permission";

    public override string End => "End";

    public override string EndTitle => "End this permission?";

    public override string EndText => "They can open nothing more from now on, and new records get new keys. What they have read already, they know: nobody can take that back.";

    public override string EndNow => "End it now";

    public override string KeepIt => "Keep it";

    public override string Ended => "The permission has ended.";

    public override string EndWaits => "You have ended it. It is not on the ledger yet; the wallet goes on by itself.";

    public override string AskThemForInvitation => "Ask them for a link or a code first. With it you choose here what they may see.";

    public override string NothingToShare => "Connect with the hospital that has your records first.";

    public override string What => "What";

    public override string Why => "What for";

    public override string HowLong => "How long";

    public override string AlsoFuture => "Records that are yet to come, too";

    public override string Allow => "Allow";

    public override string GrantedInPart => "Only a part of it could be allowed just now. Sharing shows which. For the rest they have to ask again.";

    public override string GrantWaits => "You have allowed it. It is not finished yet; the wallet goes on by itself.";

    public override string AlarmsTitle => "Something is wrong";

    public override string LogComplete => "Nothing is missing: every line is verified on this device.";

    public override string LogIncomplete => "Not everybody answered: lines may be missing. The wallet asks again next time.";

    public override string Organisation => "Organisation";

    public override string Everybody => "Everybody";

    public override string SaveTable => "Save as a table (CSV)";

    public override string SaveAuditEvents => "Save for another health app (FHIR)";

    public override string LanguageName => "Language";

    public override string Theme => "Light or dark";

    public override string LargeText => "Large text";

    public override string Safety => "Safety";

    public override string ChangePin => "Change the PIN";

    public override string ShowWords => "Show my 24 words";

    public override string ShownWordsText => "Nobody else should see this screen.";

    public override string HideWords => "Hide the words";

    public override string RemoveWallet => "Remove the wallet from this device";

    public override string RemoveText => "Only your 24 words bring it back. Your records and permissions stay as they are.";

    public override string YourData => "Your data";

    public override string ExportText => "One file with all your records, in the format that hospitals use (FHIR). It is not encrypted.";

    public override string About => "About this wallet";

    public override string PinnedByInvitation => "The network was confirmed by a hospital's invitation.";

    public override string PinnedByNode => "The network is the one of the hospital that served this app; no invitation has confirmed it yet.";

    public override string TitleOf(ScreenName screen) => screen switch
    {
        ScreenName.Home => "Home",
        ScreenName.Connect => "Connect",
        ScreenName.Records => "My records",
        ScreenName.Record => "A record",
        ScreenName.Sharing => "Sharing",
        ScreenName.ShareNew => "New permission",
        ScreenName.Request => "Request",
        ScreenName.Looked => "Who looked",
        ScreenName.Settings => "Settings",
        ScreenName.Emergency => "Emergencies",
        ScreenName.Erased => "Erased records",
        ScreenName.Guardians => "Guardians",
        ScreenName.Acting => "People who act for me",
    };

    public override string TabOf(ScreenName screen) => screen switch
    {
        ScreenName.Records => "Records",
        ScreenName.Looked => "Who looked",
        _ => TitleOf(screen),
    };

    public override string NameOf(Category category) => category switch
    {
        Category.Demographics => "Who I am",
        Category.Problems => "Diagnoses and allergies",
        Category.Medications => "Medications",
        Category.Laboratory => "Laboratory",
        Category.Observations => "Measurements",
        Category.Imaging => "Imaging",
        Category.Immunizations => "Vaccinations",
        Category.Procedures => "Procedures",
        Category.Encounters => "Visits",
        Category.Documents => "Letters and documents",
        Category.Financial => "Insurance and bills",
        Category.SocialHistory => "Social history",
        Category.MentalHealth => "Mental health",
        Category.SubstanceUse => "Alcohol and drugs",
        Category.ReproductiveHealth => "Reproductive health",
        Category.SexuallyTransmittedInfections => "Sexually transmitted infections",
        Category.Genetics => "Genetics",
    };

    public override string NameOf(PurposeOfUse purpose) => purpose.Code switch
    {
        "TREAT" => "treatment",
        "COC" => "coordination of care",
        "ETREAT" => "emergency treatment",
        "BTG" => "an emergency without asking",
        "HPAYMT" => "payment",
        "COVAUTH" => "insurance cover",
        "CLMATTCH" => "a claim",
        "HOPERAT" => "running the hospital",
        "HRESCH" => "research",
        "PUBHLTH" => "public health",
        "PATRQT" => "my request",
        "FAMRQT" => "my family's request",
        var code => code,
    };

    public override string ResourceName(string type) => type switch
    {
        "Patient" => "Personal details",
        "Observation" => "Measurement",
        "DiagnosticReport" => "Report",
        "MedicationRequest" => "Prescription",
        "DocumentReference" => "Document",
        "Encounter" => "Visit",
        "" => "Record",
        _ => string.Concat(type.Select((c, i) => i > 0 && char.IsAsciiLetterUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}")),
    };

    public override string ThemeName(string theme) => theme switch
    {
        "light" => "Light",
        "dark" => "Dark",
        _ => "As the device",
    };

    public override string DayOf(DateTime day) => day.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    public override string DateOf(string fhir) => FhirDate.Parse(fhir) switch
    {
        { Length: FhirDate.Part.Year } date => date.Day.ToString("yyyy", CultureInfo.InvariantCulture),
        { Length: FhirDate.Part.Month } date => date.Day.ToString("MMMM yyyy", CultureInfo.InvariantCulture),
        { } date => DayOf(date.Day),
        null => fhir,
    };

    public override string When(DateTimeOffset? time) => time is { } known ? known.ToLocalTime().ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture) : "just now; not on the ledger yet";

    public override string LengthOf(int days) => days switch
    {
        1 => "Today only",
        365 => "1 year",
        _ => $"{days} days",
    };

    public override string WordNumber(int number) => $"Word {number}";

    public override string ChoosePinText(int shortest) => $"It opens the wallet on this device. At least {shortest} characters; a few words that only you think of are much safer than digits.";

    public override string PinTooShort(int shortest) => $"It needs at least {shortest} characters.";

    public override string WrongPinWait(TimeSpan pause) => $"That is not the PIN. Wait {Pause(pause)} before you try again.";

    public override string InvitedBy(string label) => $"{label} has invited you. First your wallet is opened.";

    public override string InvitationWaits(string label) => $"An invitation of {label} waits for you.";

    public override string AlarmsWait(int count) => count == 1 ? "Something is wrong with your access log." : $"{count} things are wrong with your access log.";

    public override string RequestWaits(string name) => $"{name} asks to see records of yours.";

    public override string RequestAnswered => "This request is answered, or not here any more.";

    public override string DaysOf(int days) => days == 1 ? LengthOf(1) : $"{days} days";

    public override string AsksToRead(string name) => $"{name} asks to see records of yours. You choose which, what for and how long.";

    public override string WantsToConnect(string name) => $"{name} gives your records into your hands: it encrypts them to keys that only this wallet has.";

    public override string Connected(string name, ulong total) => $"You are connected with {name}. {(total == 1 ? "1 record is" : $"{total} records are")} being encrypted to your keys.";

    public override string ConnectedWith(string name) => $"Connected with {name}";

    public override string MaySee(string name) => $"{name} may see:";

    public override string Granted(string name) => $"{name} may see it now.";

    public override string OfRecordsBy(string author) => $"Records of {author}.";

    public override string EndedPermissions(int count) => $"Ended permissions ({count})";

    public override string RecordCount(int count) => count == 1 ? "1 record" : $"{count} records";

    public override string RecordsAsOf(DateTimeOffset time) => $"The hospital can't be reached. You see what this device has kept, as of {When(time)}.";

    public override string LookCount(int count) => count == 1 ? "1 look" : $"{count} looks";

    public override string Fresh(DateTimeOffset time) => $"Up to date, {When(time)}";

    public override string AsOf(DateTimeOffset time) => $"As of {When(time)}: no newer state can be reached.";

    public override string WrittenBy(string author, DateTimeOffset time) => $"Written by {author}, {When(time)}.";

    public override string RecordProof(OwnRecord record) => record.AnchoredAt is { } time
        ? $"This device has checked it: the record is row {record.Number} of what this organisation wrote about you in this category, its fingerprint went into the ledger on {When(time)}, and the members of the network have signed that ledger. Nobody can change it unnoticed."
        : "The record is not in the ledger yet. That is normal for a minute.";

    public override string LocksItself(TimeSpan limit) => $"The wallet locks itself after {limit.TotalMinutes:0} minutes without use.";

    public override string ExportAll(int count) => $"Save all my records ({count})";

    public override string Sentence(GrantSentence sentence, Func<OrganisationId, string> nameOf)
    {
        var who = sentence.Grantee is { } grantee ? nameOf(grantee) : "Somebody this wallet can't name";
        var what = sentence.IsSingle ? $"single records of {And(sentence.Categories.Select(NameOf))}" : And(sentence.Categories.Select(NameOf));
        return $"{who} {(sentence.Stands ? "may see" : "could see")} {what} for {And(sentence.Purposes.Select(NameOf))} until {DayOf(LastDay(sentence.Days))}{(sentence.GrantedBy is { } by ? $", allowed by {Delegation.NameOf(by)}" : "")}.";
    }

    public override string DetailOf(GrantSentence sentence) => sentence.Status switch
    {
        GrantStatus.Waiting => "Not finished yet; the wallet goes on by itself.",
        GrantStatus.NotYet => $"It begins on {DayOf(FirstDay(sentence.Days))}.",
        GrantStatus.Active => sentence.Future ? "New records are included." : "New records are not included.",
        GrantStatus.Lapsed => "It has run out.",
        GrantStatus.Ending => "You are ending it; not on the ledger yet.",
        GrantStatus.Revoked when sentence.EndedBy is { } by => $"Ended by {Delegation.NameOf(by)} on {When(sentence.Grants.Max(grant => grant.RevokedAt))}.",
        GrantStatus.Revoked => $"You ended it on {When(sentence.Grants.Max(grant => grant.RevokedAt))}.",
    };

    public override string WhoLine(AccessEvent seen)
    {
        var who = seen.Person.Length == 0 ? "A person who is not named" : seen.Role.Length == 0 ? seen.Person : $"{seen.Person}, {seen.Role}";
        return seen.Purpose is { } purpose ? $"{who}, for {NameOf(purpose)}" : $"{who}, for a reason that is not readable";
    }

    public override string WhatLine(AccessEvent seen) => seen.Kind switch
    {
        AccessKind.Searched => $"Searched in {NameOf(seen.Category)}",
        AccessKind.Read => $"Opened {RecordCount(seen.Records.Count)} in {NameOf(seen.Category)}",
        AccessKind.EmergencyDeclared => $"Declared an emergency, and may open {NameOf(seen.Category)} for 24 hours",
        AccessKind.EmergencySearched => $"In an emergency, searched in {NameOf(seen.Category)}",
        AccessKind.EmergencyRead => $"In an emergency, opened {RecordCount(seen.Records.Count)} in {NameOf(seen.Category)}",
        AccessKind.AuthorRead => seen.Records.Count == 0 ? $"Searched in {NameOf(seen.Category)}, its own records" : $"Opened {RecordCount(seen.Records.Count)} in {NameOf(seen.Category)} that it wrote itself",
    };

    public override string LookProof(AccessEvent seen, Func<OrganisationId, string> nameOf, DateTimeOffset? asOf)
    {
        var where = seen.Index is { } index ? $"This look stands in the ledger as entry {index}, proven on this device against a state that the members have signed{(asOf is { } time ? $" ({When(time)})" : "")}." : "This look is not on the ledger yet. That is normal for a minute.";
        var who = seen.OrganisationProven ? " The organisation has signed that the key that looked is its own." : " Who looked is not proven.";
        var released = seen.Releases.Count == 0 ? "" : $" {And(seen.Releases.Select(release => nameOf(release.Custodian)).Distinct())} say that they handed out their shares of the keys.";
        return where + who + released;
    }

    public override string Say(OpenOutcome outcome) => outcome switch
    {
        OpenOutcome.Opened => "It is open.",
        OpenOutcome.WrongPin => "That is not the PIN.",
        OpenOutcome.PasskeyRefused => "Your device did not confirm that it is you. Try again, or use your PIN.",
        OpenOutcome.PasskeyWrong => "What your device gave does not open this wallet. Use your PIN; under Settings you can set it up anew.",
        OpenOutcome.NodeUnavailable => "The hospital's server does not answer. Try again in a moment.",
        OpenOutcome.OtherConsortium => "This belongs to another network of hospitals than this wallet. Open the link itself instead.",
    };

    public override string Say(RestoreOutcome outcome) => outcome.Source switch
    {
        RestoreSource.Nobody => "Not every hospital answered, and none knew these words. The wallet asks again the next time that you restore.",
        _ when outcome.Relationships == 0 => "The words are right, and no hospital knows them yet.",
        _ => $"Your wallet is back: {outcome.Relationships} {(outcome.Relationships == 1 ? "hospital" : "hospitals")}, {outcome.Grants} {(outcome.Grants == 1 ? "permission" : "permissions")}.",
    };

    public override string Say(GrantRefusal reason) => reason switch
    {
        GrantRefusal.BadOrder => "Choose what they may see, what for, and until when.",
        GrantRefusal.NotConnected => NothingToShare,
        GrantRefusal.UnknownGrantee => NotAMember,
        GrantRefusal.UnknownRequest => "The invitation is too old. Ask them for a new one.",
        GrantRefusal.GranteeUnavailable => "They do not answer just now. Try again in a moment; nothing has been allowed.",
        GrantRefusal.GranteeNotProven => "What answered is not who it says. Nothing has been allowed.",
        GrantRefusal.NotDelegated => "You may not act for this person in this, or not any more. Nothing has been allowed.",
        GrantRefusal.RecordsNotAvailable => "These records can't be had just now. Nothing has been allowed.",
    };

    public override string Say(AlarmKind kind) => kind switch
    {
        AlarmKind.ForkedLog or AlarmKind.RewoundLog or AlarmKind.TamperedLog => "A member shows a history that contradicts what was signed before.",
        AlarmKind.TopicWithheld => "Entries about you are being withheld.",
        AlarmKind.LyingPeer => "A member answered something that can't be true.",
        _ => "A member does not behave as it should.",
    };

    public override string Say(Finding finding, Func<OrganisationId, string> nameOf)
    {
        var who = finding.By is { } by ? nameOf(by) : "A member";
        var what = finding.Category is { } category ? NameOf(category) : "your records";
        return finding.Kind switch
        {
            FindingKind.RowMissing => $"{who} leaves out records or looks in {what}.",
            FindingKind.RowsCut => $"{who} shows fewer records or looks in {what} than before.",
            FindingKind.RowNotInLog => $"{who} shows something in {what} that the ledger does not confirm.",
            FindingKind.RowNotFinalYet => $"Something in {what} is on its way to the ledger.",
            FindingKind.LateArrival => $"A record in {what} came to the ledger late.",
            FindingKind.EndedEpoch => $"A record in {what} is being encrypted anew.",
            FindingKind.ErasureUnanswered => $"An organisation has not said that a record in {what} is erased.",
            FindingKind.ErasedYetServed => $"An organisation has said that a record in {what} is erased, and still hands it out.",
            FindingKind.NotOpenable => $"A record in {what} does not open.",
            FindingKind.UnreadableDetails => $"{who} has made its reason for a look in {what} unreadable.",
            FindingKind.OtherOrganisation => $"A look in {what} says that somebody else than {who} asked.",
            FindingKind.ReleaseWithoutEntry => $"{who} handed out keys in {what} that no entry covers.",
            FindingKind.CustodianSilent => $"{who} does not say what it handed out.",
            FindingKind.TopicIncomplete => $"It can't be told whether all entries in {what} are there.",
            FindingKind.InvalidEntry => $"An entry in {what} breaks the rules; it has no effect.",
            FindingKind.NoAnswer => $"{who} does not answer.",
            FindingKind.MemoUnreadable => $"A permission in {what} can't be read by this wallet.",
            FindingKind.ActedByDelegate => "Somebody who may act for you has done so.",
            FindingKind.DelegateBeyondScope => "Somebody who may act for you has allowed what you had not left to them, or what can't be proven. Look at it, and end it.",
            FindingKind.RecoveryPending => "Somebody asks your guardians for this wallet. If it is not you, say no.",
        };
    }

    private static string And(IEnumerable<string> items) => items.ToList() is var all && all.Count < 2 ? string.Concat(all) : $"{string.Join(", ", all.SkipLast(1))} and {all[^1]}";

    private static string Pause(TimeSpan pause) => pause < TimeSpan.FromMinutes(1) ? $"{Math.Max(1, (int)Math.Ceiling(pause.TotalSeconds))} seconds" : pause < TimeSpan.FromHours(1) ? $"{(int)Math.Ceiling(pause.TotalMinutes)} minutes" : "an hour";
}
