using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Core.Access;
using Mover.Files;

namespace Mover.Cli.Connect;

/// <summary>
/// Where and as whom <c>mover login</c> signed in: a file of this user alone, below the state folder. It holds the token and not the
/// secret that bought it, so that it is worth nothing after an hour.
/// </summary>
/// <param name="Address">The control plane.</param>
/// <param name="CaPem">Its CA, in PEM; empty for the system's.</param>
/// <param name="AppId">As whom.</param>
/// <param name="Token">The bearer token.</param>
/// <param name="End">Until when it is good.</param>
internal sealed record SignIn(Uri Address, string CaPem, string AppId, Secret Token, DateTimeOffset End)
{
    private const string FileName = "login.json";

    /// <summary>Further addresses of the same control plane: those that were given, and those that it told.</summary>
    public IReadOnlyList<Uri> Others { get; init; } = [];

    /// <summary>All addresses, the one that gave the token first.</summary>
    public IReadOnlyList<Uri> Addresses => [Address, .. Others];

    /// <summary>True when the address is one of the control plane that gave the token.</summary>
    public bool IsAt(Uri address) => Addresses.Any(own => Uri.Compare(
        own, address, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0);

    /// <summary>The token; throws when it has ended.</summary>
    public string ReadToken(TimeProvider clock) => clock.GetUtcNow() < End ? Token.Reveal() : throw new CliException(
        ExitCodes.Refused, "SignInEnded", $"The sign-in to {Address} expired at {Told(End)}.",
        $"Sign in again: mover login --server {Address.GetLeftPart(UriPartial.Authority)} --service-principal -u {AppId}");

    /// <summary>A time as messages tell it.</summary>
    public static string Told(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The sign-in of this user; null when there is none.</summary>
    public static SignIn? Find(Terminal terminal)
    {
        if (FolderOf(terminal) is not { } folder || Path.Combine(folder, FileName) is var path && !File.Exists(path))
        {
            return null;
        }

        try
        {
            var json = JsonNode.Parse(Secrets.ReadFile(path, "sign-in"));
            return new(
                new Uri(TextOf(json, "server")), json?["ca"]?.ToString() ?? string.Empty, TextOf(json, "appId"), new(TextOf(json, "token")),
                DateTimeOffset.Parse(TextOf(json, "end"), CultureInfo.InvariantCulture))
            {
                Others = [.. (json?["others"] as JsonArray ?? []).Select(one => new Uri($"{one}"))],
            };
        }
        catch (Exception broken) when (broken is JsonException or FormatException or InvalidOperationException)
        {
            throw new CliException(
                ExitCodes.NotReady, "BrokenSignIn", $"Cannot read the sign-in in '{path}'.", "Sign in again: mover login", broken);
        }
    }

    /// <summary>The sign-in of this user; null when there is none, or what is left of it cannot be read.</summary>
    public static SignIn? FindReadable(Terminal terminal)
    {
        try
        {
            return Find(terminal);
        }
        catch (CliException)
        {
            return null;
        }
    }

    /// <summary>
    /// The CA that an earlier sign-in to the same control plane trusted, in PEM; null when there was none, or what it left cannot be read:
    /// the new sign-in takes its place.
    /// </summary>
    public static string? FindCa(Terminal terminal, IReadOnlyList<Uri> addresses) =>
        FindReadable(terminal) is { } before && addresses.All(before.IsAt) ? before.CaPem : null;

    /// <summary>Keeps the sign-in in place of the one before.</summary>
    public void Keep(Terminal terminal)
    {
        var folder = UserFolders.State(terminal, "XDG_STATE_HOME");
        var json = new JsonObject
        {
            ["server"] = Address.ToString(),
            ["others"] = new JsonArray([.. Others.Select(other => (JsonNode?)JsonValue.Create(other.ToString()))]),
            ["ca"] = CaPem,
            ["appId"] = AppId,
            ["token"] = Token.Reveal(),
            ["end"] = End.ToString("O", CultureInfo.InvariantCulture),
        };
        try
        {
            PrivateFile.Replace(Path.Combine(PrivateFolder.Ensure(folder), FileName), Encoding.UTF8.GetBytes(json.ToJsonString()));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw UserFolders.Unwritable(folder, "XDG_STATE_HOME", fault);
        }
    }

    /// <summary>Forgets the sign-in; false when there was none.</summary>
    public static bool Forget(Terminal terminal)
    {
        var path = FolderOf(terminal) is { } folder ? Path.Combine(folder, FileName) : null;
        var isThere = File.Exists(path);
        if (path is not null && isThere)
        {
            File.Delete(path);
        }

        return isThere;
    }

    private static string TextOf(JsonNode? json, string name) =>
        json?[name]?.GetValue<string>() is { Length: > 0 } text ? text : throw new FormatException($"It has no '{name}'.");

    // A user without a home has no sign-in.
    private static string? FolderOf(Terminal terminal)
    {
        try
        {
            return UserFolders.State(terminal, "XDG_STATE_HOME");
        }
        catch (CliException)
        {
            return null;
        }
    }
}
