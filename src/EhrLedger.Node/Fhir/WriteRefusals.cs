using System.Globalization;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>How a refused write is answered.</summary>
internal static class WriteRefusals
{
    public static int ToStatus(this WriteRefusal reason) => int.Parse(reason.ToStatusLine().AsSpan(0, 3), CultureInfo.InvariantCulture);

    public static string ToStatusLine(this WriteRefusal reason) => reason switch
    {
        WriteRefusal.OtherVersion => "412 Precondition Failed",
        WriteRefusal.AlreadyThere => "409 Conflict",
        WriteRefusal.OtherOwner or WriteRefusal.UnknownPatient or WriteRefusal.AskedAlready => "422 Unprocessable Entity",
    };

    public static OperationOutcome.IssueType ToCode(this WriteRefusal reason) => reason switch
    {
        WriteRefusal.OtherVersion or WriteRefusal.AlreadyThere => OperationOutcome.IssueType.Conflict,
        WriteRefusal.OtherOwner or WriteRefusal.UnknownPatient or WriteRefusal.AskedAlready => OperationOutcome.IssueType.BusinessRule,
    };

    /// <param name="reason">Why.</param>
    /// <param name="type">What was to be written; null where it is not known.</param>
    public static string ToText(this WriteRefusal reason, string? type) => reason switch
    {
        WriteRefusal.OtherVersion => $"{type ?? "The resource"} is not at the version that If-Match names.",
        WriteRefusal.AlreadyThere => $"There is a {type ?? "resource"} of this id, and the condition does not find it.",
        WriteRefusal.OtherOwner => $"{type ?? "The resource"} belongs to another patient, or to none, and can't change hands: delete it and create it anew.",
        WriteRefusal.UnknownPatient => $"The patient of {type ?? "the resource"} is not one of this server's.",
        WriteRefusal.AskedAlready => "The patient's wallet has been sent this request, and what it asks for stays as it is: delete it, which withdraws it, and create another.",
    };
}
