using System.Text;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Emergencies;

/// <summary>Declares an emergency as staff ask for it, after a check of what they say: for the call of the hospital's systems and for the staff's page alike.</summary>
internal sealed class EmergencyCalls(EmergencyDesk desk, PatientDirectory patients)
{
    /// <summary>Most bytes of a note.</summary>
    public const int MostNote = 500;

    /// <summary>Most bytes of a name.</summary>
    public const int MostName = 200;

    /// <summary>Most bytes of a role.</summary>
    public const int MostRole = 100;

    /// <summary>Declares.</summary>
    /// <param name="asked">Unchecked.</param>
    /// <param name="cancellationToken">Gives up; what was declared stays declared.</param>
    public async Task<EmergencyOutcome> DeclareAsync(AskedEmergency asked, CancellationToken cancellationToken)
    {
        using var card = EmergencyCard.TryParse(asked.Card);
        if (card is null)
        {
            return new EmergencyOutcome.Refused("emergency-card", "The text is not that of an emergency card.");
        }

        if (asked.Patient is null || patients.FindById(asked.Patient) is null)
        {
            return new EmergencyOutcome.Unknown("patient-unknown");
        }

        if (EmergencyReasons.TryParse(asked.Reason) is not { } reason)
        {
            return new EmergencyOutcome.Refused("emergency-reason", "The reason is one of: " + string.Join(", ", Enum.GetValues<EmergencyReason>().Select(one => one.ToCode())) + ".");
        }

        if (PeopleOf(asked) is not { } people)
        {
            return new EmergencyOutcome.Refused("emergency-requesters", $"Two different people ask, each with a name of at most {MostName} bytes and a role of at most {MostRole}.");
        }

        if (Encoding.UTF8.GetByteCount(asked.Note ?? "") > MostNote)
        {
            return new EmergencyOutcome.Refused("emergency-note", $"A note has at most {MostNote} bytes.");
        }

        return await desk.DeclareAsync(card, new EmergencyOrder($"Patient/{asked.Patient}", reason, asked.Note ?? "", people), cancellationToken) is { } opened
            ? new EmergencyOutcome.Declared(opened)
            : new EmergencyOutcome.Unknown("emergency-card-unknown");
    }

    private static List<EmergencyPerson>? PeopleOf(AskedEmergency asked)
    {
        var people = (asked.Requesters ?? []).Select(person => new EmergencyPerson((person?.Name ?? "").Trim(), (person?.Role ?? "").Trim())).ToList();
        return people.Count == 2
            && people.TrueForAll(person => person.Name.Length > 0 && Encoding.UTF8.GetByteCount(person.Name) <= MostName && Encoding.UTF8.GetByteCount(person.Role) <= MostRole)
            && !people[0].Name.Equals(people[1].Name, StringComparison.OrdinalIgnoreCase)
                ? people
                : null;
    }
}

/// <summary>What came of what staff asked for.</summary>
internal abstract record EmergencyOutcome
{
    private EmergencyOutcome()
    {
    }

    /// <summary>Every subject that the card leads to was tried.</summary>
    public sealed record Declared(IReadOnlyCollection<EmergencyOpened> Subjects) : EmergencyOutcome;

    /// <summary>Something is missing or wrong in what was asked; nothing was declared.</summary>
    public sealed record Refused(string Code, string Title) : EmergencyOutcome;

    /// <summary>No such patient here, or no member knows the card; nothing was declared.</summary>
    public sealed record Unknown(string Code) : EmergencyOutcome;

    /// <summary>One of the three.</summary>
    public T Match<T>(Func<Declared, T> declared, Func<Refused, T> refused, Func<Unknown, T> unknown) => this switch
    {
        Declared one => declared(one),
        Refused one => refused(one),
        Unknown one => unknown(one),
        _ => throw new InvalidOperationException("There is no other outcome."),
    };
}
