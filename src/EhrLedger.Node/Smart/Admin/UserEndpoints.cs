using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Smart.Users;

namespace EhrLedger.Node.Smart.Admin;

/// <summary>Users, as <c>ehrledger user</c> adds, lists and disables them. Only through the operator's socket.</summary>
internal static class UserEndpoints
{
    private const int Largest = 16 << 10;
    private const int LongestName = 200;

    /// <summary>Maps the calls.</summary>
    public static IEndpointRouteBuilder MapUserAdmin(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(AdminSocket.Path + "/users");
        group.MapGet("/", async (UserStore users, CancellationToken token) =>
            Results.Json((await users.ListAsync(token).ConfigureAwait(false)).Select(ViewOf).ToArray(), UserAdminJson.Default.UserViewArray));
        group.MapPost("/", AddAsync);

        // In the query: a subject of an identity provider may have a slash.
        group.MapPut("/password", SetPasswordAsync);
        group.MapDelete("/", async (string login, UserStore users, CancellationToken token) =>
            await users.DisableAsync(login, token).ConfigureAwait(false) ? Results.NoContent() : Http.NotFound());
        return app;
    }

    private static async Task<IResult> AddAsync(HttpRequest request, UserStore users, CancellationToken cancellationToken)
    {
        if (await ReadAsync(request, UserAdminJson.Default.NewUser, cancellationToken).ConfigureAwait(false) is not { } asked)
        {
            return Http.Malformed("The user can't be read.");
        }

        if (asked.Login.Length is 0 or > 100 || asked.Login.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@')))
        {
            return Refused("A login has 1 to 100 letters, digits, dots, hyphens, underscores and at signs.");
        }

        return string.IsNullOrWhiteSpace(asked.Name) || Encoding.UTF8.GetByteCount(asked.Name) > LongestName ? Refused("A user needs a name of at most 200 bytes.")
            : UserRoles.TryParse(asked.Role) is not { } role ? Refused("Roles are clinician, front-desk, claims, auditor, operator.")
            : asked.FhirUser.Split('/') is not ["Practitioner" or "PractitionerRole", { Length: > 0 and <= 64 }] ? Refused("fhirUser is a reference such as Practitioner/123.")
            : !IsPassword(asked.Password) ? BadPassword()
            : await users.AddAsync(asked.Login, asked.Name, role, asked.FhirUser, asked.Password, cancellationToken).ConfigureAwait(false) ? Results.StatusCode(StatusCodes.Status201Created)
            : Refused("Somebody has this login already.");
    }

    private static async Task<IResult> SetPasswordAsync(string login, HttpRequest request, UserStore users, CancellationToken cancellationToken) =>
        await ReadAsync(request, UserAdminJson.Default.NewPassword, cancellationToken).ConfigureAwait(false) is not { } asked ? Http.Malformed("The password can't be read.")
        : !IsPassword(asked.Password) ? BadPassword()
        : login.StartsWith(ProviderUsers.Prefix, StringComparison.Ordinal) ? Refused("The password of this user is with the identity provider.")
        : await users.SetPasswordAsync(login, asked.Password, cancellationToken).ConfigureAwait(false) ? Results.NoContent()
        : Http.NotFound();

    private static async Task<T?> ReadAsync<T>(HttpRequest request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await request.ReadBodyAsync(Largest, cancellationToken).ConfigureAwait(false) is { } body ? JsonSerializer.Deserialize(body.Span, type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsPassword(string password) => password.Length is >= UserStore.ShortestPassword and <= UserStore.LongestPassword;

    private static IResult BadPassword() => Refused("A password has 12 to 200 characters.");

    private static IResult Refused(string title) => Http.Problem(StatusCodes.Status422UnprocessableEntity, "user-refused", title);

    private static UserView ViewOf(UserRow user) => new(user.Login, user.Name, ((UserRole)user.Role).ToText(), user.FhirUser, user.Disabled);
}

internal sealed record NewUser(string Login, string Name, string Role, string FhirUser, string Password);

internal sealed record NewPassword(string Password);

internal sealed record UserView(string Login, string Name, string Role, string FhirUser, bool Disabled);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NewUser))]
[JsonSerializable(typeof(NewPassword))]
[JsonSerializable(typeof(UserView[]))]
internal sealed partial class UserAdminJson : JsonSerializerContext;
