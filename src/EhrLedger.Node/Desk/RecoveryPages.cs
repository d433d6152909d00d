using System.Globalization;
using System.Text;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Views.Audit;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Recovery;
using EhrLedger.Node.Smart.Users;
using Microsoft.AspNetCore.Antiforgery;
using static EhrLedger.Node.Hosting.HtmlPage;

namespace EhrLedger.Node.Desk;

/// <summary>
/// A patient whose wallet this organisation guards has lost phone and words. One member of staff identifies the patient and takes what the new phone shows; a second one, under a login of her own, confirms. Both stand in the patient's log and in this
/// organisation's, before the answer is shown.
/// </summary>
internal static class RecoveryPages
{
    /// <summary>Most bytes of how the patient was identified.</summary>
    public const int MostHow = 300;

    private const int MostAsk = 8_192;

    /// <summary>What the patient's page says of it; empty where this organisation was never asked.</summary>
    public static string Link(string id, Guarding guarding) => guarding switch
    {
        Guarding.Never => "",
        Guarding.NotNow => "<p>This organisation has agreed to be a guardian of this wallet, but the patient's choice in force does not name it.</p>",
        Guarding.Now => $"<p>This organisation is a guardian of this wallet. <a href=\"{DeskPages.PathOf(id)}/recovery\">The patient has lost phone and words</a></p>",
    };

    /// <summary>The form, what waits for the second, or the answer.</summary>
    public static Task<IResult> ShowAsync(HttpContext context, UserStore users, OwnGuardianships guardianships, BegunApprovals begun, string id, CancellationToken cancellationToken) =>
        ForGuardedAsync(context, users, guardianships, id, (user, who) => Task.FromResult(Page(context, id, who, user, begun.Find(id), null)), cancellationToken);

    /// <summary>Takes what the new phone shows.</summary>
    public static Task<IResult> BeginAsync(
        HttpContext context, UserStore users, OwnGuardianships guardianships, BegunApprovals begun, ReadLog log, IAntiforgery antiforgery, string id, CancellationToken cancellationToken) =>
        ForGuardedAsync(context, users, guardianships, antiforgery, id, async (user, who, form) =>
        {
            var (text, how) = (form["ask"].ToString(), form["how"].ToString().Trim());
            if (guardianships.ReadAsk(text) is not { } ask)
            {
                return Form(context, id, who, "This is not what a new phone shows, or it is for another network. Take the whole text.", text, how);
            }

            if (how.Length == 0 || Encoding.UTF8.GetByteCount(how) > MostHow)
            {
                return Form(context, id, who, string.Create(CultureInfo.InvariantCulture, $"Say how you have identified the patient, in at most {MostHow} letters."), text, how);
            }

            await LogAsync(log, user, id, new RecoveryAct(false, ask.Code, how), cancellationToken).ConfigureAwait(false);
            begun.Begin(id, ask, how, user);
            return Results.Redirect(PathOf(id));
        }, cancellationToken);

    /// <summary>The second confirms.</summary>
    public static Task<IResult> ApproveAsync(
        HttpContext context, UserStore users, OwnGuardianships guardianships, BegunApprovals begun, ReadLog log, IAntiforgery antiforgery, string id, CancellationToken cancellationToken) =>
        ForGuardedAsync(context, users, guardianships, antiforgery, id, async (user, who, form) =>
        {
            if (begun.Find(id) is not { } found || found.Id != form["begun"])
            {
                return Page(context, id, who, user, begun.Find(id), "What you have seen is not there any more. Look again, and compare the code again.");
            }

            if (!found.IsOfAnother(user))
            {
                return Page(context, id, who, user, found, "Whoever has begun can't confirm. It takes a second member of staff.");
            }

            var outcome = await guardianships.ApproveAsync(id, found.Ask, cancellationToken).ConfigureAwait(false);
            if (outcome is not OwnApproval.Approved(var text))
            {
                return Page(context, id, who, user, found, outcome is OwnApproval.ShareNotFound
                    ? "No member has this organisation's share just now. Try again in a moment."
                    : "This organisation can't help any more: the patient's wallet has made another choice, or what lies with the members is not what it chose.");
            }

            await LogAsync(log, user, id, new RecoveryAct(true, found.Ask.Code, found.How), cancellationToken).ConfigureAwait(false);
            begun.Answer(id, found, text);
            return Results.Redirect(PathOf(id));
        }, cancellationToken);

    /// <summary>Forgets what was begun.</summary>
    public static Task<IResult> StopAsync(HttpContext context, UserStore users, OwnGuardianships guardianships, BegunApprovals begun, IAntiforgery antiforgery, string id, CancellationToken cancellationToken) =>
        ForGuardedAsync(context, users, guardianships, antiforgery, id, (_, _, _) =>
        {
            begun.Stop(id);
            return Task.FromResult(Results.Redirect(DeskPages.PathOf(id)));
        }, cancellationToken);

    private static string PathOf(string id) => DeskPages.PathOf(id) + "/recovery";

    private static IResult Page(HttpContext context, string id, string who, UserRow user, BegunApproval? begun, string? wrong)
    {
        if (begun is null)
        {
            return Form(context, id, who, wrong, "", "");
        }

        if (wrong is not null)
        {
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        }

        return Of(context, "Phone and words lost", $"""
            <nav><a href="{DeskPages.PathOf(id)}">Back</a></nav>
            <p>{Encode(who)}</p>
            {Wrong(wrong)}
            <p>The new phone says: {Encode(begun.Ask.Name)}</p>
            <p>It shows this code:</p>
            <p class="code">{Encode(begun.Ask.Code)}</p>
            <p>Identified by {Encode(begun.By.Name)}: {Encode(begun.How)}</p>
            {(begun.Text is { } text ? Answer(text) : begun.IsOfAnother(user) ? Confirm(context, id, begun) : Wait)}
            <form method="post" action="{PathOf(id)}/stop">{Token(context)}<button>{(begun.Text is null ? "Something is wrong: stop" : "Done")}</button></form>
            """);
    }

    private static string Wait => "<p>Compare the code with the new phone. Then a second member of staff logs in, here or elsewhere, opens this page of the patient within thirty minutes, and confirms.</p>";

    private static string Confirm(HttpContext context, string id, BegunApproval begun) => $"""
        <p>You are the second. See the patient yourself, and compare the code with the new phone. If you confirm, this organisation helps whoever has that phone to the patient's wallet, and with it to all records, of other organisations too. Your name stands in the patient's log.</p>
        <form method="post" action="{PathOf(id)}/approve">{Token(context)}{Hidden("begun", begun.Id)}<button>It is the patient, and the code is the same: help</button></form>
        """;

    private static string Answer(string text) => $"""
        <p>Scan this with the new phone, or bring the text to it. It works on that phone alone, within six days.</p>
        <div class="dense">{DeskPages.Qr(text)}</div>
        <label>Answer for the new phone <textarea rows="6" readonly>{Encode(text)}</textarea></label>
        """;

    private static IResult Form(HttpContext context, string id, string who, string? wrong, string text, string how)
    {
        if (wrong is not null)
        {
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        }

        return Of(context, "Phone and words lost", $"""
            <nav><a href="{DeskPages.PathOf(id)}">Back</a></nav>
            <p>{Encode(who)}</p>
            <p>This helps a new phone to the patient's wallet, and with it to all records, of other organisations too. Make sure that the person before you is this patient: by a passport, not by a date of birth. A second member of staff confirms.</p>
            {Wrong(wrong)}
            <form method="post" action="{PathOf(id)}" autocomplete="off">{Token(context)}
            <label>What the new phone shows <textarea name="ask" rows="4" maxlength="{MostAsk}" spellcheck="false" required autofocus>{Encode(text)}</textarea></label>
            <label>How you have identified the patient <input name="how" value="{Encode(how)}" maxlength="{MostHow}" required></label>
            <button>Go on</button>
            </form>
            """);
    }

    private static string Wrong(string? wrong) => wrong is null ? "" : $"<p class=\"wrong\" role=\"alert\">{Encode(wrong)}</p>";

    // A row for each of the patient's subjects: on the ledger before anybody gets anything.
    private static Task LogAsync(ReadLog log, UserRow user, string id, RecoveryAct act, CancellationToken cancellationToken)
    {
        var role = (UserRole)user.Role;
        var told = new Glimpses();
        told.Name(id);
        var asking = new Asking(role.PurposeOf(), user.Name, role.ToText(), default) { Client = "login", Access = FhirAccess.Nothing };
        return log.TellAsync(told, asking.Asks(Question.Ask(act.ToQuestion(id))), cancellationToken);
    }

    private static Task<IResult> ForGuardedAsync(HttpContext context, UserStore users, OwnGuardianships guardianships, string id, Func<UserRow, string, Task<IResult>> answer, CancellationToken cancellationToken) =>
        DeskEndpoints.ForPatientAsync(context, users, id, (user, who) => guardianships.Of(id) == Guarding.Now ? answer(user, who) : Task.FromResult(NoGuardian(context, id, who)), cancellationToken);

    private static Task<IResult> ForGuardedAsync(
        HttpContext context, UserStore users, OwnGuardianships guardianships, IAntiforgery antiforgery, string id, Func<UserRow, string, IFormCollection, Task<IResult>> answer, CancellationToken cancellationToken) =>
        ForGuardedAsync(context, users, guardianships, id, async (user, who) => await antiforgery.IsRequestValidAsync(context).ConfigureAwait(false)
            ? await answer(user, who, await context.Request.ReadFormAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false)
            : Results.StatusCode(StatusCodes.Status400BadRequest), cancellationToken);

    private static IResult NoGuardian(HttpContext context, string id, string who)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Of(context, "No guardian", $"<nav><a href=\"{DeskPages.PathOf(id)}\">Back</a></nav><p>{Encode(who)}</p><p class=\"wrong\">This organisation is no guardian of this patient's wallet: it was never asked, or the patient's choice in force names others.</p>");
    }
}
