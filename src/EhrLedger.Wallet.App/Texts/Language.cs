namespace EhrLedger.Wallet.App.Texts;

/// <summary>The language that the patient reads.</summary>
internal sealed class Language
{
    /// <summary>Another one was chosen.</summary>
    public event Action? Changed;

    /// <summary>Those that there are, with what each calls itself.</summary>
    public static IReadOnlyList<PatientTexts> All { get; } = [new EnglishTexts(), new ChineseTexts()];

    public PatientTexts Texts { get; private set; } = All[0];

    /// <summary>Takes the first one for a code that there is none of.</summary>
    public void Choose(string code)
    {
        Texts = All.FirstOrDefault(texts => texts.Code == code) ?? All[0];
        Changed?.Invoke();
    }
}
