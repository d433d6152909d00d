using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Consent.Grants;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>Who is acting and what for, as the claim <c>extensions</c> has it: in a client's assertion, and in the access token made of it.</summary>
/// <remarks>Source: IHE IUA (ITI-71), extension ihe_iua: subject_name, subject_role, purpose_of_use; codings, or plain strings as some systems send them.</remarks>
/// <param name="Person">Null for nobody named.</param>
/// <param name="Role">Null for none.</param>
/// <param name="Purpose">Null for none.</param>
internal sealed record ActingClaims(string? Person, string? Role, PurposeOfUse? Purpose)
{
    /// <summary>Name of the claim.</summary>
    public const string Claim = "extensions";

    /// <summary>Bytes of UTF-8 in a person's name.</summary>
    public const int LongestPerson = 200;

    /// <summary>Bytes of UTF-8 in a role.</summary>
    public const int LongestRole = 100;

    private const string PurposeSystem = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

    /// <summary>Nobody and nothing.</summary>
    public static ActingClaims None { get; } = new(null, null, null);

    /// <summary>Reads the claim. Null where it is not as it should be: wrong kinds, more than one role or purpose, names that are too long.</summary>
    /// <param name="extensions">Undefined for a token without.</param>
    public static ActingClaims? TryRead(JsonElement extensions)
    {
        if (extensions.ValueKind == JsonValueKind.Undefined)
        {
            return None;
        }

        if (extensions.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (!extensions.TryGetProperty("ihe_iua", out var iua))
        {
            return None;
        }

        if (iua.ValueKind != JsonValueKind.Object
            || !TryReadText(iua, "subject_name", LongestPerson, out var person)
            || !TryReadCode(iua, "subject_role", LongestRole, out var role)
            || !TryReadCode(iua, "purpose_of_use", PurposeOfUse.MostCharacters, out var code))
        {
            return null;
        }

        var purpose = PurposeOfUse.TryParse(code);
        return code is not null && purpose is null ? null : new ActingClaims(person, role, purpose);
    }

    /// <summary>The claim for an access token.</summary>
    /// <param name="organisation">Name of this organisation.</param>
    /// <param name="patientId">The patient in context; null for none.</param>
    public JsonObject Write(string organisation, string? patientId)
    {
        var iua = new JsonObject { ["subject_name"] = Person, ["subject_organization"] = organisation };
        if (Role is { Length: > 0 } role)
        {
            iua["subject_role"] = new JsonArray(new JsonObject { ["code"] = role });
        }

        if (Purpose is { } purpose)
        {
            iua["purpose_of_use"] = new JsonArray(new JsonObject { ["system"] = PurposeSystem, ["code"] = purpose.Code });
        }

        var claim = new JsonObject { ["ihe_iua"] = iua };
        if (patientId is not null)
        {
            claim["ihe_pcf"] = new JsonObject { ["patient_id"] = patientId };
        }

        return claim;
    }

    private static bool TryReadText(JsonElement parent, string name, int longest, out string? text)
    {
        text = null;
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        return IsText(value, longest, out text);
    }

    private static bool TryReadCode(JsonElement parent, string name, int longest, out string? code)
    {
        code = null;
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        if (value.ValueKind == JsonValueKind.Array)
        {
            if (value.GetArrayLength() > 1)
            {
                return false;
            }

            if (value.GetArrayLength() == 0)
            {
                return true;
            }

            value = value[0];
        }

        if (value.ValueKind == JsonValueKind.Object && !value.TryGetProperty("code", out value))
        {
            return false;
        }

        return IsText(value, longest, out code);
    }

    private static bool IsText(JsonElement value, int longest, out string? text)
    {
        text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is not null && Encoding.UTF8.GetByteCount(text) <= longest;
    }
}
