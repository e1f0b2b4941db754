using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Vault;

/// <summary>
/// The built-in vault over HTTP: a subset of Key Vault's secrets API at <c>/vaults/{vault}/secrets</c>. Set, get, delete, and listings
/// without values, of secrets and of a secret's versions. A deleted secret is gone with all of its versions.
/// </summary>
internal sealed class VaultRoutes(SecretVault kept, TimeProvider clock)
{
    private const string Type = "Microsoft.KeyVault/vaults/secrets";
    private const int PageMax = 25;

    public void Map(IEndpointRouteBuilder routes)
    {
        var secrets = routes.MapGroup("/vaults/{vault}/secrets").TakesNoApiVersion();
        secrets.MapGet("", ListAsync).RequiresDataAction(Type + "/readMetadata/action");
        secrets.MapPut("/{name}", SetAsync).RequiresDataAction(Type + "/setSecret/action");
        secrets.MapGet("/{name}/versions", VersionsAsync).RequiresDataAction(Type + "/readMetadata/action");
        secrets.MapGet("/{name}/{version?}", GetAsync).RequiresDataAction(Type + "/getSecret/action");
        secrets.MapDelete("/{name}", DeleteAsync).RequiresDataAction(Type + "/delete");
    }

    private async Task<IResult> SetAsync(HttpContext http, string vault, string name, CancellationToken cancel)
    {
        if (CheckNames(vault, name) is { } refusal)
        {
            return refusal.ToResult();
        }

        var body = await ArmBody.ReadObjectAsync(http, cancel);
        if (!body.Try(out var json, out var unread))
        {
            return unread.ToResult();
        }

        if (!Read(json).Try(out var wanted, out var wrong))
        {
            return wrong.ToResult();
        }

        var id = SecretId.Of(vault, name);
        var stored = await kept.AddAsync(id, wanted.Value, wanted.Attributes, StampOf(http), cancel);
        return Json(Describe(http, id, stored, wanted.Value));
    }

    private async Task<IResult> GetAsync(HttpContext http, string vault, string name, string? version, CancellationToken cancel)
    {
        if (CheckNames(vault, name) is { } refusal)
        {
            return refusal.ToResult();
        }

        var id = SecretId.Of(vault, name);
        var stored = string.IsNullOrEmpty(version) ? await kept.FindAsync(id, cancel) : await kept.FindAsync(id, version, cancel);
        if (stored is null)
        {
            return ArmErrors.SecretNotFound(name).ToResult();
        }

        if (!stored.Value.Enabled)
        {
            return ArmErrors.SecretDisabled(name).ToResult();
        }

        return (await kept.OpenAsync(id, stored.Value, cancel)).Try(out var value, out var unreadable)
            ? Json(Describe(http, id, stored, value))
            : unreadable.ToResult();
    }

    // As many as there may be are one page, so that no link is needed.
    private async Task<IResult> VersionsAsync(HttpContext http, string vault, string name, CancellationToken cancel)
    {
        if (CheckNames(vault, name) is { } refusal)
        {
            return refusal.ToResult();
        }

        var id = SecretId.Of(vault, name);
        var versions = await kept.VersionsAsync(id, cancel);
        return versions.Count == 0
            ? ArmErrors.SecretNotFound(name).ToResult()
            : Json(new() { ["value"] = new JsonArray([.. versions.Select(found => (JsonNode?)Describe(http, id, found, value: null))]) });
    }

    private async Task<IResult> DeleteAsync(HttpContext http, string vault, string name, CancellationToken cancel)
    {
        if (CheckNames(vault, name) is { } refusal)
        {
            return refusal.ToResult();
        }

        var id = SecretId.Of(vault, name);
        return await kept.DeleteAsync(id, StampOf(http), cancel) is { } deleted
            ? Json(Describe(http, id, deleted, value: null))
            : ArmErrors.SecretNotFound(name).ToResult();
    }

    private async Task<IResult> ListAsync(HttpContext http, string vault, CancellationToken cancel)
    {
        var query = http.Request.Query;
        var limit = query["maxresults"].ToString();
        var after = query["$skiptoken"].ToString();
        if (CheckNames(vault, after.Length > 0 ? after : "any") is { } refusal)
        {
            return refusal.ToResult();
        }

        var count = PageMax;
        if (limit.Length > 0
            && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > PageMax))
        {
            return ArmErrors.BadParameter("maxresults", $"'maxresults' must be a number from 1 to {PageMax}.").ToResult();
        }

        var page = await kept.ListAsync(vault, after.Length > 0 ? after : null, count, cancel);
        var items = page.Documents.Select(
            found => (JsonNode?)Describe(http, SecretId.Of(vault, NameOf(found)), found, value: null, withVersion: false));
        var answer = new JsonObject { ["value"] = new JsonArray([.. items]) };
        if (page.Next is not null && page.Documents.Count > 0)
        {
            answer["nextLink"] = $"{BaseOf(http)}/vaults/{vault}/secrets"
                + $"?api-version={Uri.EscapeDataString(query["api-version"].ToString())}"
                + $"&$skiptoken={NameOf(page.Documents[^1])}&maxresults={count}";
        }

        return Json(answer);
    }

    private static ArmError? CheckNames(string vault, string name) =>
        !SecretId.IsVault(vault) ? ArmErrors.BadParameter("vault", $"The vault name must match '{SecretId.VaultPattern}'.")
        : !SecretId.IsName(name) ? ArmErrors.BadParameter("name", $"The secret name must match '{SecretId.NamePattern}'.")
        : null;

    private static Result<Wanted> Read(JsonObject json)
    {
        if (json["value"] is not JsonValue given || !given.TryGetValue<string>(out var value))
        {
            return ArmErrors.BadParameter("value", "The property 'value' is required and must be a string.");
        }

        if (Encoding.UTF8.GetByteCount(value) > SecretVault.ValueBytesMax)
        {
            return ArmErrors.BadParameter("value", $"A value can have at most {SecretVault.ValueBytesMax} bytes.");
        }

        try
        {
            var enabled = json["attributes"]?["enabled"]?.GetValue<bool>() ?? true;
            var tags = json["tags"]?.AsObject()
                .ToDictionary(tag => tag.Key, tag => tag.Value?.GetValue<string>() ?? "", StringComparer.Ordinal);
            return tags is null or { Count: <= TagsMax } && (tags?.All(tag => tag.Key.Length + tag.Value.Length <= TextMax) ?? true)
                && json["contentType"]?.GetValue<string>() is var type && type is null or { Length: <= TextMax }
                ? new Wanted(new(value), new(type, enabled, tags))
                : ArmErrors.BadParameter(
                    "tags", $"There can be at most {TagsMax} tags, with {TextMax} characters in each and in 'contentType'.");
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or FormatException or JsonException)
        {
            return ArmErrors.BadParameter("attributes", "'attributes', 'tags' or 'contentType' has the wrong type.");
        }
    }

    private static JsonObject Describe(HttpContext http, SecretId id, Document<StoredSecret> found, Secret? value, bool withVersion = true)
    {
        var stored = found.Value;
        var time = (stored.SetAt ?? found.Info.Modified.At).ToUnixTimeSeconds();
        var url = $"{BaseOf(http)}/vaults/{id.Vault}/secrets/{id.Name}";
        var answer = new JsonObject { ["id"] = withVersion ? $"{url}/{stored.Version}" : url };
        if (value is not null)
        {
            answer["value"] = value.Reveal();
        }

        if (stored.ContentType is not null)
        {
            answer["contentType"] = stored.ContentType;
        }

        answer["attributes"] = new JsonObject
        {
            ["enabled"] = stored.Enabled,
            ["created"] = time,
            ["updated"] = time,
            ["recoveryLevel"] = "Purgeable",
        };
        if (stored.Tags is { } tags)
        {
            answer["tags"] = new JsonObject(tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)JsonValue.Create(tag.Value))));
        }

        return answer;
    }

    private WriteStamp StampOf(HttpContext http) => http.Principal().Stamp(http, clock);

    private static string NameOf(Document<StoredSecret> found) => found.Key.Text[(found.Key.Text.LastIndexOf('/') + 1)..];

    private static string BaseOf(HttpContext http) => $"{http.Request.Scheme}://{http.Request.Host}";

    private static IResult Json(JsonObject body) => ArmResults.Raw(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(body.ToJsonString()));

    private const int TagsMax = 15;
    private const int TextMax = 512;

    private sealed record Wanted(Secret Value, SecretAttributes Attributes);
}
