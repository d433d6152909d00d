using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.Access;

namespace EhrLedger.Node.Smart.Users;

/// <summary>What somebody does in the organisation.</summary>
internal enum UserRole
{
    /// <summary>Treats patients.</summary>
    Clinician = 1,

    /// <summary>Registers them and makes appointments.</summary>
    FrontDesk = 2,

    /// <summary>Bills.</summary>
    Claims = 3,

    /// <summary>Looks at who has looked.</summary>
    Auditor = 4,

    /// <summary>Runs the node, and sees nobody's records.</summary>
    Operator = 5,
}

/// <summary>What each role may do at most, whatever an application asks for: docs/security.md.</summary>
internal static class UserRoles
{
    /// <summary>As the command line and logs write it.</summary>
    public static string ToText(this UserRole role) => role switch
    {
        UserRole.Clinician => "clinician",
        UserRole.FrontDesk => "front-desk",
        UserRole.Claims => "claims",
        UserRole.Auditor => "auditor",
        UserRole.Operator => "operator",
    };

    /// <summary>Null for what is no role.</summary>
    public static UserRole? TryParse(string? text) => Enum.GetValues<UserRole>().Where(role => role.ToText() == text).Select(role => (UserRole?)role).FirstOrDefault();

    /// <summary>What it reads for.</summary>
    public static PurposeOfUse PurposeOf(this UserRole role) => role switch
    {
        UserRole.Clinician => PurposeOfUse.Treatment,
        UserRole.Claims => PurposeOfUse.Payment,
        UserRole.FrontDesk or UserRole.Auditor or UserRole.Operator => PurposeOfUse.Operations,
    };

    /// <summary>Scopes of a context that the role has.</summary>
    public static IReadOnlyList<SmartScope> ScopesOf(this UserRole role, ScopeContext context)
    {
        string[] rights = role switch
        {
            UserRole.Clinician => ["*.cruds"],
            UserRole.FrontDesk =>
            [
                "Patient.cruds", "RelatedPerson.cruds", "Appointment.cruds", "AppointmentResponse.cruds", "Schedule.rs", "Slot.rs", "Encounter.cruds", "Coverage.cruds", "Practitioner.rs", "PractitionerRole.rs",
                "Organization.rs", "Location.rs", "HealthcareService.rs",
            ],
            UserRole.Claims =>
            [
                "Patient.rs", "Coverage.cruds", "CoverageEligibilityRequest.cruds", "CoverageEligibilityResponse.rs", "Claim.cruds", "ClaimResponse.rs", "ExplanationOfBenefit.rs", "Invoice.cruds", "ChargeItem.cruds", "Account.cruds",
                "Encounter.rs", "Condition.rs", "Procedure.rs", "Practitioner.rs", "PractitionerRole.rs", "Organization.rs",
            ],
            UserRole.Auditor => ["AuditEvent.rs", "Provenance.rs", "Consent.rs"],
            UserRole.Operator => [],
        };
        var name = context == ScopeContext.Patient ? "patient" : "user";
        return [.. rights.Select(right => SmartScope.Parse($"{name}/{right}")).OfType<SmartScope>()];
    }
}
