using System.Globalization;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Emergencies;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Smart.Users;
using Microsoft.AspNetCore.Antiforgery;
using static EhrLedger.Node.Hosting.HtmlPage;

namespace EhrLedger.Node.Desk;

/// <summary>Breaking the glass: a clinician says why, and who else asks, and sees what is open then and until when. The first who asks is always the user; the second is whom the user names, and the patient is told both.</summary>
internal static class EmergencyPages
{
    /// <summary>The form.</summary>
    public static Task<IResult> AskAsync(HttpContext context, UserStore users, string id, CancellationToken cancellationToken) =>
        ForClinicianAsync(context, users, id, (user, who) => Task.FromResult(Form(context, id, who, user, null, new AskedEmergency(null, id, null, null, null))), cancellationToken);

    /// <summary>Declares, and shows what is open.</summary>
    public static Task<IResult> DeclareAsync(
        HttpContext context, UserStore users, EmergencyCalls calls, HeldGrants grants, IAntiforgery antiforgery, string id, CancellationToken cancellationToken) =>
        ForClinicianAsync(context, users, id, async (user, who) =>
        {
            if (!await antiforgery.IsRequestValidAsync(context).ConfigureAwait(false))
            {
                return Results.StatusCode(StatusCodes.Status400BadRequest);
            }

            var form = await context.Request.ReadFormAsync(cancellationToken).ConfigureAwait(false);
            var asked = new AskedEmergency(
                form["card"].ToString().Trim(),
                id,
                form["reason"],
                form["note"],
                [new AskedPerson(user.Name, ((UserRole)user.Role).ToText()), new AskedPerson(form["second-name"], form["second-role"])]);
            return (await calls.DeclareAsync(asked, cancellationToken).ConfigureAwait(false)).Match(
                declared => Opened(context, id, who, OpenNow(grants, id), declared.Subjects),
                refused => Form(context, id, who, user, refused.Title, asked),
                unknown => Form(context, id, who, user, "No member knows this card, or the patient has made a newer one.", asked));
        }, cancellationToken);

    /// <summary>What of other organisations may be seen here of a patient now.</summary>
    public static IReadOnlyList<OpenHere> OpenNow(HeldGrants grants, string patient) =>
    [
        .. from held in grants.Active()
           where held.PatientLink == $"Patient/{patient}" && grants.FindOpen(held) is not null
           orderby held.Access.Category
           select new OpenHere(held.Access.Category, held.Access.Terms.Purposes, grants.FindOpen(held)?.Emergency?.Until),
    ];

    /// <summary>As a table; empty for nothing.</summary>
    public static string Rows(IReadOnlyList<OpenHere> open) => open.Count == 0 ? "" : $"""
        <table><thead><tr><th>Category</th><th>Purpose of use</th><th>Emergency, until</th></tr></thead><tbody>{string.Concat(open.Select(one =>
            $"<tr><td>{one.Category}</td><td>{Encode(string.Join(", ", one.Purposes.Select(purpose => purpose.Code)))}</td><td>{(one.EmergencyUntil is { } until ? Say(until) : "")}</td></tr>"))}</tbody></table>
        """;

    private static IResult Form(HttpContext context, string id, string who, UserRow user, string? wrong, AskedEmergency asked)
    {
        if (wrong is not null)
        {
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        }

        var second = asked.Requesters?.ElementAtOrDefault(1);
        var reasons = string.Concat(Enum.GetValues<EmergencyReason>().Select(reason => $"<option value=\"{reason.ToCode()}\"{(asked.Reason == reason.ToCode() ? " selected" : "")}>{Say(reason)}</option>"));
        return Of(context, "Emergency", $"""
            <nav><a href="{DeskPages.PathOf(id)}">Back</a></nav>
            <p>{Encode(who)}</p>
            <p>This opens what other organisations have of this patient, for 24 hours. It stands on the ledger for good, in this organisation's name. The patient is told who asked, why, and every record that was opened, and can dispute it.</p>
            {(wrong is null ? "" : $"<p class=\"wrong\" role=\"alert\">{Encode(wrong)}</p>")}
            <form method="post" action="{DeskPages.PathOf(id)}/emergency" autocomplete="off">{Token(context)}
            <label>Emergency card of the patient <input name="card" value="{Encode(asked.Card ?? "")}" required autofocus></label>
            <label>Why <select name="reason" required><option value="">Choose</option>{reasons}</select></label>
            <label>What happened, for the patient <input name="note" value="{Encode(asked.Note ?? "")}" maxlength="{EmergencyCalls.MostNote}"></label>
            <p>You ask: {Encode(user.Name)}</p>
            <label>Who asks with you <input name="second-name" value="{Encode(second?.Name ?? "")}" maxlength="{EmergencyCalls.MostName}" required></label>
            <label>Role of the second <input name="second-role" value="{Encode(second?.Role ?? "")}" maxlength="{EmergencyCalls.MostRole}" required></label>
            <button>Open the records</button>
            </form>
            """);
    }

    private static IResult Opened(HttpContext context, string id, string who, IReadOnlyList<OpenHere> open, IReadOnlyCollection<EmergencyOpened> subjects)
    {
        var emergency = open.Where(one => one.EmergencyUntil is not null).ToList();
        var failed = subjects.Count(one => one.Grant is null);
        return Of(context, "Emergency", $"""
            <nav><a href="{DeskPages.PathOf(id)}">Back</a></nav>
            <p>{Encode(who)}</p>
            {(emergency.Count == 0 ? "<p class=\"wrong\">Nothing is open: no other organisation has records that this emergency covers, or the patient does not allow it.</p>" : $"<p>Open now, for the purposes named:</p>{Rows(emergency)}")}
            {(failed == 0 ? "" : $"<p class=\"wrong\">{failed.ToString(CultureInfo.InvariantCulture)} could not be opened just now. Try again in a moment: what is open stays open.</p>")}
            """);
    }

    private static Task<IResult> ForClinicianAsync(HttpContext context, UserStore users, string id, Func<UserRow, string, Task<IResult>> answer, CancellationToken cancellationToken) =>
        DeskEndpoints.ForPatientAsync(context, users, id, (user, who) => (UserRole)user.Role == UserRole.Clinician ? answer(user, who) : Task.FromResult(NotAClinician(context, id)), cancellationToken);

    private static IResult NotAClinician(HttpContext context, string id)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Of(context, "Not for your role", $"<nav><a href=\"{DeskPages.PathOf(id)}\">Back</a></nav><p class=\"wrong\">Only clinicians declare an emergency.</p>");
    }

    private static string Say(EmergencyReason reason) => reason switch
    {
        EmergencyReason.CannotAnswer => "The patient can't answer",
        EmergencyReason.NoTime => "Danger to life or limb, no time to ask",
        EmergencyReason.OthersInDanger => "Somebody else's life is in danger",
    };

    private static string Say(ulong until) => DateTimeOffset.FromUnixTimeMilliseconds((long)until).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

/// <summary>What may be seen here of one category of one organisation.</summary>
/// <param name="Category">Which.</param>
/// <param name="Purposes">What for.</param>
/// <param name="EmergencyUntil">Unix milliseconds; null for what the patient has granted.</param>
internal sealed record OpenHere(Category Category, IReadOnlyList<PurposeOfUse> Purposes, ulong? EmergencyUntil);
