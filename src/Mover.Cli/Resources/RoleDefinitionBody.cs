using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;

namespace Mover.Cli.Resources;

/// <summary>
/// A role as people write it: flat, with words in any casing (<c>Name</c>, <c>Actions</c>, <c>AssignableScopes</c>), as
/// <c>az role definition</c> takes it; or the document of the API.
/// </summary>
/// <param name="Document">What the API takes.</param>
/// <param name="RoleName">What people call it.</param>
/// <param name="Name">Its GUID; null when it has none yet.</param>
/// <param name="Scope">The first scope at which it can be assigned.</param>
internal sealed record RoleDefinitionBody(JsonObject Document, string RoleName, string? Name, string Scope)
{
    private static readonly string[] Lists = ["actions", "notActions", "dataActions", "notDataActions"];

    public static RoleDefinitionBody Read(BodyFlag flag, ParseResult parsed)
    {
        if (flag.Read(parsed) is not JsonObject given)
        {
            throw CliException.Usage($"{flag.Flag.Name} must be an object.");
        }

        var properties = given["properties"] as JsonObject ?? Flat(given);
        var roleName = properties["roleName"]?.ToString();
        var scope = (properties["assignableScopes"] as JsonArray)?.FirstOrDefault()?.ToString();
        if (string.IsNullOrEmpty(roleName) || string.IsNullOrEmpty(scope))
        {
            throw CliException.Usage($"{flag.Flag.Name} must have Name and AssignableScopes.");
        }

        return new(
            new() { ["properties"] = properties.DeepClone() }, roleName,
            new[] { Of(given, "name"), Of(given, "id") }.Select(LastOf).FirstOrDefault(text => Guid.TryParse(text, out _)), scope);
    }

    // In the flat form the name is the role's, unless there is a roleName too.
    private static JsonObject Flat(JsonObject given)
    {
        var permission = new JsonObject();
        foreach (var list in Lists)
        {
            if (Of(given, list) is { } actions)
            {
                permission[list] = actions.DeepClone();
            }
        }

        var permissions = Of(given, "permissions")?.DeepClone() ?? new JsonArray(permission);
        return new()
        {
            ["roleName"] = (Of(given, "roleName") ?? Of(given, "name"))?.DeepClone(),
            ["description"] = Of(given, "description")?.DeepClone(),
            ["type"] = "CustomRole",
            ["permissions"] = permissions,
            ["assignableScopes"] = Of(given, "assignableScopes")?.DeepClone(),
        };
    }

    private static JsonNode? Of(JsonObject given, string name) =>
        given.FirstOrDefault(p => p.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static string? LastOf(JsonNode? id) => id?.ToString() is { } text ? text[(text.LastIndexOf('/') + 1)..] : null;
}
