using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary><c>mover endpoint identity</c>: the managed identities of an endpoint, as <c>az storage-mover endpoint identity</c> has
/// them.</summary>
internal static class EndpointIdentityCommand
{
    private static readonly IReadOnlyList<Column> Columns =
        [new("Type", "type"), new("PrincipalId", "principalId"), new("TenantId", "tenantId")];

    public static Command Create(NounVerbs verbs) => new("identity", "Manage the managed identities of an endpoint.")
    {
        verbs.OfOne("show", "Show the identities.", [], async (plane, id, _, cancel) =>
            (await plane.Client.GetAsync(id, cancel))["identity"]?.DeepClone() as JsonObject ?? [], Columns),
        Change(verbs, "assign", "Assign identities to the endpoint.", isAssigned: true),
        Change(verbs, "remove", "Remove identities from the endpoint.", isAssigned: false),
    };

    private static Command Change(NounVerbs verbs, string verb, string description, bool isAssigned)
    {
        var system = new Option<bool>("--system-assigned", "--mi-system-assigned") { Description = "The system-assigned identity." };
        var users = new Option<string[]>("--user-assigned", "--mi-user-assigned")
        {
            Description = "Resource ids of user-assigned identities.",
            AllowMultipleArgumentsPerToken = true,
        };
        return verbs.OfOne(verb, description, [Unset(system), Unset(users)], async (plane, id, parsed, cancel) =>
        {
            var named = parsed.GetValue(users) ?? [];
            if (!parsed.GetValue(system) && named.Length == 0)
            {
                throw CliException.Usage("No identity specified.", "Use --system-assigned or --user-assigned ID.");
            }

            var endpoint = await plane.Client.GetAsync(id, cancel);
            var before = endpoint["identity"] as JsonObject ?? [];
            var isSystem = parsed.GetValue(system) ? isAssigned : IsSystem(before);
            var kept = (before["userAssignedIdentities"] as JsonObject ?? []).Select(p => p.Key)
                .Where(key => !named.Contains(key, StringComparer.OrdinalIgnoreCase)).Concat(isAssigned ? named : []).ToList();
            var identity = new JsonObject { ["type"] = TypeOf(isSystem, kept.Count > 0) };
            if (kept.Count > 0)
            {
                identity["userAssignedIdentities"] = new JsonObject(
                    kept.Select(key => KeyValuePair.Create(key, (JsonNode?)new JsonObject())));
            }

            var body = new JsonObject
            {
                ["identity"] = identity,
                ["properties"] = new JsonObject { ["endpointType"] = endpoint["properties"]?["endpointType"]?.DeepClone() },
            };
            return (await plane.Client.PatchAsync(id, body, cancel))["identity"]?.DeepClone() as JsonObject ?? [];
        }, Columns);
    }

    private static BodyFlag Unset(Option flag) => new(flag, string.Empty, _ => null);

    private static bool IsSystem(JsonObject identity) => identity["type"]?.ToString() is IdentityTypes.SystemAssigned or IdentityTypes.Both;

    private static string TypeOf(bool isSystem, bool hasUsers) => (isSystem, hasUsers) switch
    {
        (true, true) => IdentityTypes.Both,
        (true, false) => IdentityTypes.SystemAssigned,
        (false, true) => IdentityTypes.UserAssigned,
        _ => IdentityTypes.None,
    };
}
