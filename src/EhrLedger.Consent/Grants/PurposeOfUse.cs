namespace EhrLedger.Consent.Grants;

/// <summary>
/// Why somebody reads: a code of HL7 v3 PurposeOfUse. A code covers itself only, not the narrower ones below it in HL7's hierarchy: what the patient allowed is
/// what was named.
/// </summary>
/// <remarks>Source: http://terminology.hl7.org/CodeSystem/v3-ActReason, value set PurposeOfUse. Codes that HL7 adds later are taken as they come.</remarks>
public readonly record struct PurposeOfUse : IComparable<PurposeOfUse>
{
    /// <summary>Most characters of a code.</summary>
    public const int MostCharacters = 20;

    private readonly string? _code;

    private PurposeOfUse(string code) => _code = code;

    /// <summary>Treatment.</summary>
    public static PurposeOfUse Treatment { get; } = new("TREAT");

    /// <summary>Coordination of care.</summary>
    public static PurposeOfUse CareCoordination { get; } = new("COC");

    /// <summary>Emergency treatment.</summary>
    public static PurposeOfUse Emergency { get; } = new("ETREAT");

    /// <summary>Break the glass.</summary>
    public static PurposeOfUse BreakTheGlass { get; } = new("BTG");

    /// <summary>Payment.</summary>
    public static PurposeOfUse Payment { get; } = new("HPAYMT");

    /// <summary>Authorisation of coverage.</summary>
    public static PurposeOfUse CoverageAuthorisation { get; } = new("COVAUTH");

    /// <summary>Attachment to a claim.</summary>
    public static PurposeOfUse ClaimAttachment { get; } = new("CLMATTCH");

    /// <summary>Operations of health care.</summary>
    public static PurposeOfUse Operations { get; } = new("HOPERAT");

    /// <summary>Research.</summary>
    public static PurposeOfUse Research { get; } = new("HRESCH");

    /// <summary>Public health.</summary>
    public static PurposeOfUse PublicHealth { get; } = new("PUBHLTH");

    /// <summary>At the patient's request.</summary>
    public static PurposeOfUse PatientRequest { get; } = new("PATRQT");

    /// <summary>At the family's request.</summary>
    public static PurposeOfUse FamilyRequest { get; } = new("FAMRQT");

    /// <summary>The code. Empty for the default value, which covers nothing.</summary>
    public string Code => _code ?? "";

    /// <summary>Null unless the text is 1 to 20 capital letters and digits.</summary>
    public static PurposeOfUse? TryParse(string? code) =>
        code is { Length: > 0 and <= MostCharacters } && code.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)) ? new PurposeOfUse(code) : null;

    /// <summary>Ordinal order of the codes.</summary>
    public int CompareTo(PurposeOfUse other) => string.CompareOrdinal(Code, other.Code);

    /// <summary>The code.</summary>
    public override string ToString() => Code;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(PurposeOfUse left, PurposeOfUse right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(PurposeOfUse left, PurposeOfUse right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(PurposeOfUse left, PurposeOfUse right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(PurposeOfUse left, PurposeOfUse right) => left.CompareTo(right) >= 0;
}
