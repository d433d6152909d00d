using System.Globalization;
using EhrLedger.Node.Agents;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Recovery;
using EhrLedger.Node.Smart.Launch;
using EhrLedger.Node.Smart.Users;
using EhrLedger.Node.Wallets;
using Microsoft.AspNetCore.Antiforgery;

namespace EhrLedger.Node.Desk;

/// <summary>The staff's pages: find a patient, print the card with which a wallet takes over, ask for access, see what came of it, break the glass, help whoever has lost the phone. Every patient who is shown was read, and is logged, in the user's name.</summary>
internal static class DeskEndpoints
{
    /// <summary>Maps the pages.</summary>
    public static IEndpointRouteBuilder MapDesk(this IEndpointRouteBuilder app)
    {
        app.MapGet(DeskSession.EnterPath, DeskSession.EnterAsync);
        app.MapGet(DeskSession.Path, FindAsync);
        app.MapGet(DeskSession.Path + "/patients/{id}", ShowAsync);
        app.MapPost(DeskSession.Path + "/patients/{id}/card", PrintCardAsync);
        app.MapPost(DeskSession.Path + "/patients/{id}/request", AskAsync);
        app.MapGet(DeskSession.Path + "/patients/{id}/emergency", EmergencyPages.AskAsync);
        app.MapPost(DeskSession.Path + "/patients/{id}/emergency", EmergencyPages.DeclareAsync);
        app.MapGet(DeskSession.Path + "/patients/{id}/recovery", RecoveryPages.ShowAsync);
        app.MapPost(DeskSession.Path + "/patients/{id}/recovery", RecoveryPages.BeginAsync);
        app.MapPost(DeskSession.Path + "/patients/{id}/recovery/approve", RecoveryPages.ApproveAsync);
        app.MapPost(DeskSession.Path + "/patients/{id}/recovery/stop", RecoveryPages.StopAsync);
        app.MapPost(DeskSession.Path + "/leave", LeaveAsync);
        return app;
    }

    private static Task<IResult> FindAsync(HttpContext context, UserStore users, string? name, CancellationToken cancellationToken) => ForStaffAsync(context, users, async user =>
    {
        var searched = name?.Trim() ?? "";
        var found = searched.Length == 0 ? [] : await new UserSearch(context, user).FindPatientsAsync(searched, cancellationToken).ConfigureAwait(false);
        return DeskPages.Find(context, user.Name, searched, found);
    }, cancellationToken);

    private static Task<IResult> ShowAsync(HttpContext context, UserStore users, PatientDirectory patients, HeldGrants grants, ConsentDesk consent, OwnGuardianships guardianships, string id, CancellationToken cancellationToken) =>
        ForPatientAsync(
            context,
            users,
            id,
            (user, who) => Task.FromResult(DeskPages.Patient(
                context, id, who, patients.FindById(id) is { Provisional: true }, (UserRole)user.Role == UserRole.Clinician, guardianships.Of(id), EmergencyPages.OpenNow(grants, id), consent.AskedOf(id))),
            cancellationToken);

    private static Task<IResult> PrintCardAsync(
        HttpContext context, UserStore users, PatientDirectory patients, TakeOverCodes codes, Invitations invitations, IAntiforgery antiforgery, string id, CancellationToken cancellationToken) =>
        ForPatientAsync(context, users, id, async (_, who) =>
        {
            if (!await antiforgery.IsRequestValidAsync(context).ConfigureAwait(false))
            {
                return Results.StatusCode(StatusCodes.Status400BadRequest);
            }

            if (patients.FindById(id) is not { Provisional: true })
            {
                return Results.Redirect($"{DeskSession.Path}/patients/{id}");
            }

            var code = codes.Make(id);
            return DeskPages.Card(context, id, who, code, await invitations.LinkToAsync(id, code, null, cancellationToken).ConfigureAwait(false));
        }, cancellationToken);

    private static Task<IResult> AskAsync(
        HttpContext context, UserStore users, AccessRequests requests, IAntiforgery antiforgery, string id, CancellationToken cancellationToken) =>
        ForPatientAsync(context, users, id, async (_, who) =>
        {
            if (!await antiforgery.IsRequestValidAsync(context).ConfigureAwait(false))
            {
                return Results.StatusCode(StatusCodes.Status400BadRequest);
            }

            var form = await context.Request.ReadFormAsync(cancellationToken).ConfigureAwait(false);
            var asked = new NewAccessRequest(
                [form["purpose"].ToString()],
                [.. form["category"].OfType<string>()],
                int.TryParse(form["days"], CultureInfo.InvariantCulture, out var days) ? days : 0,
                form["text"].ToString() is { Length: > 0 } text ? text : null);
            return AccessRequests.IsSound(asked)
                ? DeskPages.Request(context, id, who, await requests.AskAsync(id, asked, cancellationToken).ConfigureAwait(false))
                : DeskPages.NotSound(context, id);
        }, cancellationToken);

    private static async Task<IResult> LeaveAsync(HttpContext context, IAntiforgery antiforgery) =>
        await antiforgery.IsRequestValidAsync(context).ConfigureAwait(false) ? await DeskSession.LeaveAsync(context).ConfigureAwait(false) : Results.StatusCode(StatusCodes.Status400BadRequest);

    private static async Task<IResult> ForStaffAsync(HttpContext context, UserStore users, Func<UserRow, Task<IResult>> answer, CancellationToken cancellationToken) =>
        await DeskSession.FindAsync(context, users, cancellationToken).ConfigureAwait(false) is not { } user ? DeskSession.ToLogin()
        : (UserRole)user.Role is UserRole.FrontDesk or UserRole.Clinician ? await answer(user).ConfigureAwait(false)
        : DeskPages.NoRole(context);

    /// <summary>Whom the user may not see is nobody.</summary>
    internal static Task<IResult> ForPatientAsync(HttpContext context, UserStore users, string id, Func<UserRow, string, Task<IResult>> answer, CancellationToken cancellationToken) =>
        ForStaffAsync(context, users, async user => await new UserSearch(context, user).DescribePatientAsync(id, cancellationToken).ConfigureAwait(false) is { } who
            ? await answer(user, who).ConfigureAwait(false)
            : DeskPages.Nobody(context), cancellationToken);
}
