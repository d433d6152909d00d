using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Agents;
using EhrLedger.Node.Recovery;
using QRCoder;
using static EhrLedger.Node.Hosting.HtmlPage;

namespace EhrLedger.Node.Desk;

/// <summary>What the staff's pages look like.</summary>
internal static class DeskPages
{
    /// <summary>Whom is it about?</summary>
    public static IResult Find(HttpContext context, string user, string searched, IReadOnlyList<(string Id, string Text)> found)
    {
        var list = string.Concat(found.Select(patient => $"<li><a href=\"{DeskSession.Path}/patients/{Encode(Uri.EscapeDataString(patient.Id))}\">{Encode(patient.Text)}</a></li>"));
        return Of(context, "Patients", $"""
            <form method="get" action="{DeskSession.Path}">
            <label>Name or number <input name="name" value="{Encode(searched)}" autofocus required></label>
            <button>Search</button>
            </form>
            {(searched.Length > 0 && found.Count == 0 ? "<p>Nobody was found.</p>" : $"<ul>{list}</ul>")}
            <form method="post" action="{DeskSession.Path}/leave">{Token(context)}<button>Log out {Encode(user)}</button></form>
            """);
    }

    /// <summary>What can be done for a patient.</summary>
    public static IResult Patient(HttpContext context, string id, string who, bool hasNoWallet, bool mayBreakGlass, Guarding guarding, IReadOnlyList<OpenHere> open, IReadOnlyList<AskedView> asked)
    {
        var rows = EmergencyPages.Rows(open);
        var answers = string.Concat(asked.Reverse().Select(request =>
            $"<tr><td>{request.AskedAt:yyyy-MM-dd}</td><td>{Encode(string.Join(", ", request.Categories))}</td><td>{Encode(string.Join(", ", request.Purposes))}, {request.Days} days</td><td>{Encode(request.Answer)}</td></tr>"));
        return Of(context, Encode(who), $"""
            {Back}
            <h2>Wallet</h2>
            {(hasNoWallet
                ? $"<p>This patient has no wallet connected. The card lets one wallet take over all records, once, within seven days: hand it to the patient only.</p><form method=\"post\" action=\"{PathOf(id)}/card\">{Token(context)}<button>Print a card</button></form>"
                : "<p>A wallet is connected, or has been.</p>")}
            {RecoveryPages.Link(id, guarding)}
            <h2>Records of other organisations</h2>
            <p>The patient decides in the wallet what may be seen here, for what and how long.</p>
            <form method="post" action="{PathOf(id)}/request">{Token(context)}
            <fieldset><legend>What</legend>{Categories}</fieldset>
            <label>What for <select name="purpose">{Purposes}</select></label>
            <label>For how many days <input name="days" type="number" min="1" max="{AccessRequests.MostDays}" value="30" required></label>
            <label>Words for the patient <input name="text" maxlength="{AccessRequests.MostText}"></label>
            <button>Ask for access</button>
            </form>
            {(answers.Length == 0 ? "" : $"<table><thead><tr><th>Asked</th><th>What</th><th>What for</th><th>Answer</th></tr></thead><tbody>{answers}</tbody></table>")}
            {(rows.Length == 0 ? "<p>Nothing may be seen here now.</p>" : $"<p>May be seen here now:</p>{rows}")}
            {(mayBreakGlass ? $"<h2>Emergency</h2><p><a href=\"{PathOf(id)}/emergency\">The patient can't be asked, and there is danger</a></p>" : "")}
            """);
    }

    /// <summary>The card that is printed.</summary>
    public static IResult Card(HttpContext context, string id, string who, string code, string link) => Of(context, "Your health records", $"""
        <nav><a href="{PathOf(id)}">Back</a></nav>
        <p>{Encode(who)}</p>
        <p>Scan this with your phone. It opens your wallet, which takes over the keys of your records here. It works once, for seven days. Whoever uses this card first becomes the owner of your records: keep it to yourself.</p>
        {Qr(link)}
        <p class="code">{Encode(code)}</p>
        <p>Without a camera, open <code>{Encode(link)}</code></p>
        """);

    /// <summary>The invitation that is shown or printed, for whoever was not asked by a message.</summary>
    public static IResult Request(HttpContext context, string id, string who, AccessRequestView request) => Of(context, "May we see your records?", $"""
        <nav><a href="{PathOf(id)}">Back</a></nav>
        <p>{Encode(who)}</p>
        {(request.Sent ? "<p>The patient's wallet was asked. Scanning this asks it once more.</p>" : "<p>Scan this with your phone. Your wallet shows who asks, and you decide what may be seen, for what and how long. It is good for 30 days.</p>")}
        {Qr(request.Link)}
        <p>Without a camera, open <code>{Encode(request.Link)}</code></p>
        """);

    /// <summary>Something is missing, or beyond what can be asked for.</summary>
    public static IResult NotSound(HttpContext context, string id)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Of(context, "Not asked", $"<nav><a href=\"{PathOf(id)}\">Back</a></nav><p class=\"wrong\">Choose at least one kind of record, a purpose, and 1 to {AccessRequests.MostDays} days.</p>");
    }

    /// <summary>The user has another role.</summary>
    public static IResult NoRole(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Of(context, "Not for your role", $"<p class=\"wrong\">These pages are for the front desk and for clinicians.</p><form method=\"post\" action=\"{DeskSession.Path}/leave\">{Token(context)}<button>Log out</button></form>");
    }

    /// <summary>There is no such patient.</summary>
    public static IResult Nobody(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Of(context, "Nobody", $"{Back}<p class=\"wrong\">There is no such patient here.</p>");
    }

    private static readonly PurposeOfUse[] Usual = [PurposeOfUse.Treatment, PurposeOfUse.CareCoordination, PurposeOfUse.Payment, PurposeOfUse.Operations, PurposeOfUse.Research];

    private static string Purposes => string.Concat(Usual.Select(purpose => $"<option>{purpose.Code}</option>"));

    private static string Categories => string.Concat(Enum.GetValues<Category>().Select(category => $"<label class=\"check\"><input type=\"checkbox\" name=\"category\" value=\"{category}\"> {category}</label>"));

    private static string Back => $"<nav><a href=\"{DeskSession.Path}\">All patients</a></nav>";

    /// <summary>Where a patient's page is.</summary>
    public static string PathOf(string id) => $"{DeskSession.Path}/patients/{Encode(Uri.EscapeDataString(id))}";

    /// <summary>A QR code of a text.</summary>
    public static string Qr(string link)
    {
        using var data = QRCodeGenerator.GenerateQrCode(link, QRCodeGenerator.ECCLevel.L);
        using var code = new SvgQRCode(data);
        return $"<div role=\"img\" aria-label=\"QR code\">{code.GetGraphic(4)}</div>";
    }
}
