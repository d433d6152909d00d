namespace EhrLedger.Consent.Emergencies;

/// <summary>Why an organisation opens records without having been allowed to. The codes of urn:ehrledger:ValueSet:emergency-reason, in order.</summary>
public enum EmergencyReason : byte
{
    /// <summary>Unconscious, confused, or otherwise unable to answer.</summary>
    CannotAnswer = 1,

    /// <summary>Danger to life or limb leaves no time to ask.</summary>
    NoTime = 2,

    /// <summary>Danger to the life of somebody else, who depends on it.</summary>
    OthersInDanger = 3,
}

/// <summary>Why a patient disputes an emergency.</summary>
public enum DisputeGround : byte
{
    /// <summary>There was no emergency.</summary>
    NoEmergency = 1,

    /// <summary>The patient was not treated there.</summary>
    NotTreatedThere = 2,

    /// <summary>More was looked at than the emergency asked for.</summary>
    TooMuch = 3,
}

/// <summary>The reasons' codes.</summary>
public static class EmergencyReasons
{
    /// <summary>As FHIR and the staff's call have it, such as <c>no-time</c>.</summary>
    public static string ToCode(this EmergencyReason reason) => reason switch
    {
        EmergencyReason.CannotAnswer => "cannot-answer",
        EmergencyReason.NoTime => "no-time",
        EmergencyReason.OthersInDanger => "others-in-danger",
    };

    /// <summary>Null for any other text.</summary>
    public static EmergencyReason? TryParse(string? code) => Enum.GetValues<EmergencyReason>().Select(reason => (EmergencyReason?)reason).FirstOrDefault(reason => reason!.Value.ToCode() == code);
}
