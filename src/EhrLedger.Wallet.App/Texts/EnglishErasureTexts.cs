using EhrLedger.Consent.Erasing;
using EhrLedger.Wallet.Erasing;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>English.</summary>
internal sealed class EnglishErasureTexts(PatientTexts texts) : ErasureTexts
{
    public override string Erase => "Erase this record";

    public override string Sure => "Erase it everywhere?";

    public override string NotUndone => "It can't be undone, not even by you: no hospital has the record afterwards.";

    public override string KnownStays => "Who has read or saved it before still knows what it said.";

    public override string TraceStays => "That there was a record, when, and by whom written, stays on the ledger.";

    public override string EraseNow => "Erase for good";

    public override string About => "Every organisation signs that it has destroyed what it had. Nobody can prove that no copy is left; who has not answered stands here.";

    public override string Nothing => "You have erased nothing.";

    public override string WhoHasDoneIt => "Who has done it";

    public override string Record(string author, string category) => $"A record of {author} in {category}";

    public override string AskedOn(DateTimeOffset time) => $"You wanted it erased on {texts.When(time)}.";

    public override string Say(string name, ErasureReply reply) => reply.Answer switch
    {
        ErasureAnswer.Held => $"{name} keeps it for now: {(reply.Ground is { } ground ? Say(ground) : texts.Unknown)} {texts.When(reply.At)}.",
        ErasureAnswer.Destroyed => $"{name} has destroyed what it had, {texts.When(reply.At)}. Backups go within 30 days.",
        ErasureAnswer.BackupsGone => $"{name} has destroyed what it had, and its backups are gone, {texts.When(reply.At)}.",
    };

    public override string Silent(string name) => $"{name} has not answered yet.";

    public override string Say(HoldGround ground) => ground switch
    {
        HoldGround.Proceedings => "a court or an authority wants it kept.",
        HoldGround.Retention => "a law says for how long it has to be kept.",
        HoldGround.Identity => "it says who you are, and without it your other records there would be nobody's.",
    };

    public override string Say(EraseOutcome outcome) => outcome switch
    {
        EraseOutcome.Told => "It is being erased. Under Settings you see who has done it.",
        EraseOutcome.PartlyTold => "It is being erased. Some could not be reached yet; the wallet goes on by itself.",
        EraseOutcome.Unknown => "The hospital has not put this record on the ledger yet. Try again in a moment.",
        EraseOutcome.Unavailable => "Nothing was erased: the hospital or the ledger can't be reached. Try again in a moment.",
    };
}
