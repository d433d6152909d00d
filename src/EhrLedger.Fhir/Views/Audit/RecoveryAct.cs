using EhrLedger.Fhir.Search;

namespace EhrLedger.Fhir.Views.Audit;

/// <summary>What staff did at the node's own pages so that a patient's wallet comes back, as the question of a row says it. Both who begins and who confirms have a row.</summary>
/// <param name="IsApproval">Whether it was confirmed, and the organisation has approved.</param>
/// <param name="Code">Eight digits that the new phone shows.</param>
/// <param name="How">How the patient was identified.</param>
public sealed record RecoveryAct(bool IsApproval, string Code, string How)
{
    private const string Pages = "POST /console/patients/";
    private const string Begun = "/recovery";
    private const string Approved = "/recovery/approve";

    /// <summary>In the form of other questions: method and path, and the form in a paragraph of its own.</summary>
    /// <param name="patient">FHIR id.</param>
    public string ToQuestion(string patient) => $"{Pages}{patient}{(IsApproval ? Approved : Begun)}\n\n{QueryText.Write([("code", Code), ("how", How)])}";

    /// <summary>Null for any other question.</summary>
    /// <param name="question">Of a row.</param>
    public static RecoveryAct? Parse(string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Split("\n\n", 2) is [var line, var form]
            && line.StartsWith(Pages, StringComparison.Ordinal)
            && (line.EndsWith(Begun, StringComparison.Ordinal) || line.EndsWith(Approved, StringComparison.Ordinal))
            && QueryText.Parse(form) is [("code", var code), ("how", var how)]
                ? new RecoveryAct(line.EndsWith(Approved, StringComparison.Ordinal), code, how)
                : null;
    }
}
