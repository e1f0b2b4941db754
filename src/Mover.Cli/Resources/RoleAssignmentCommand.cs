using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client;
using Mover.Core.Arm;

namespace Mover.Cli.Resources;

/// <summary><c>mover role-assignment</c>: who may do what where, with the flags of <c>az role assignment</c>.</summary>
internal static class RoleAssignmentCommand
{
    private static readonly IReadOnlyList<Column> Columns =
    [
        new("Principal", "properties.principalId"), new("Type", "properties.principalType"), new("Role", "roleDefinitionName"),
        new("Scope", "properties.scope"),
    ];

    public static Command Create(Terminal terminal)
    {
        var noun = new Noun("role assignment", string.Empty, [new("roleAssignments", "role")], Columns);
        var verbs = new NounVerbs(noun, terminal);
        var results = new ResultWriter(terminal);
        return new("role-assignment", "Manage role assignments: who can do what, and where.")
        {
            CreateAssignment(verbs, results),
            List(verbs, results),
            Delete(verbs, terminal),
        };
    }

    private static Command CreateAssignment(NounVerbs verbs, ResultWriter results)
    {
        var flags = new AssignmentFlags();
        flags.Role.Required = true;
        var objectId = new Option<string?>("--assignee-object-id") { Description = "Object id of the assignee." };
        var type = new Option<string?>("--assignee-principal-type") { Description = "Type of the assignee: User, Group or "
            + "ServicePrincipal." };
        var name = new Option<string?>("--name", "-n") { Description = "GUID of the assignment; "
            + "derived from the other options by default." };
        var description = new Option<string?>("--description") { Description = "A description." };
        return verbs.Build(
            "create", "Assign a role.", null,
            [flags.Role, flags.Assignee, objectId, type, flags.Scope, flags.Group, name, description],
            async (plane, parsed, format, cancel) =>
        {
            var who = parsed.GetValue(objectId) ?? parsed.GetValue(flags.Assignee)
                ?? throw CliException.Usage("No assignee specified.", "Use --assignee-object-id GUID.");
            var scope = await flags.ReadScopeAsync(parsed, plane, cancel);
            var (roleId, roleName) = await FindRoleAsync(plane, scope, parsed.GetRequiredValue(flags.Role), cancel);
            var made = await plane.Client.AssignRoleAsync(
                scope, roleId, who, parsed.GetValue(type), cancel, parsed.GetValue(name), parsed.GetValue(description));
            made["roleDefinitionName"] = roleName;
            results.WriteOne(format, made, Columns);
        });
    }

    private static Command List(NounVerbs verbs, ResultWriter results)
    {
        var flags = new AssignmentFlags();
        var all = new Option<bool>("--all") { Description = "Everything at and below the subscription." };
        var inherited = new Option<bool>("--include-inherited") { Description = "Include assignments above the scope." };
        return verbs.Build(
            "list", "List role assignments at a scope; by default, the subscription.", null,
            [flags.Role, flags.Assignee, flags.Scope, flags.Group, all, inherited],
            async (plane, parsed, format, cancel) =>
        {
            var scope = await flags.ReadScopeAsync(parsed, plane, cancel);
            var found = await FindAsync(plane, flags, parsed, scope, cancel);
            results.WriteMany(format, [.. found.Where(a => Shows(a, scope, parsed.GetValue(all), parsed.GetValue(inherited)))], Columns);
        });
    }

    private static Command Delete(NounVerbs verbs, Terminal terminal)
    {
        var flags = new AssignmentFlags();
        var ids = new Option<string[]>("--ids") { Description = "Ids of the assignments.", AllowMultipleArgumentsPerToken = true };
        var yes = Prompts.YesFlag();
        return verbs.Build(
            "delete", "Remove role assignments.", null, [ids, flags.Role, flags.Assignee, flags.Scope, flags.Group, yes],
            async (plane, parsed, _, cancel) =>
        {
            var named = parsed.GetValue(ids) ?? [];
            if (named.Length == 0)
            {
                if (parsed.GetValue(flags.Assignee) is null && parsed.GetValue(flags.Role) is null)
                {
                    throw CliException.Usage("No assignment specified.", "Use --ids, or --assignee or --role with a scope.");
                }

                var scope = await flags.ReadScopeAsync(parsed, plane, cancel);
                var found = await FindAsync(plane, flags, parsed, scope, cancel);
                var here = found.Where(a => Shows(a, scope, all: false, inherited: false));
                named = [.. here.Select(a => a["id"]?.ToString()).OfType<string>()];
            }

            Prompts.Confirm(terminal, parsed.GetValue(yes), $"Delete {named.Length} role assignments?");
            foreach (var id in named)
            {
                if (!await plane.Client.RemoveRoleAsync(id, cancel))
                {
                    terminal.Error.WriteLine($"Role assignment '{id}' does not exist.");
                }
            }
        });
    }

    private static async Task<List<JsonObject>> FindAsync(
        ControlPlane plane, AssignmentFlags flags, ParseResult parsed, string scope, CancellationToken cancel)
    {
        var roles = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        await foreach (var role in plane.Client.ListRoleDefinitionsAsync(scope, cancel))
        {
            roles[role["name"]?.ToString() ?? string.Empty] = role["properties"]?["roleName"]?.ToString() ?? string.Empty;
        }

        var wanted = parsed.GetValue(flags.Role);
        var roleId = wanted is null ? null : (await FindRoleAsync(plane, scope, wanted, cancel)).Id;
        var found = new List<JsonObject>();
        await foreach (var assignment in plane.Client.ListRolesAsync(scope, cancel))
        {
            var role = LastOf(assignment["properties"]?["roleDefinitionId"]?.ToString());
            if ((roleId is null || Is(role, roleId))
                && (parsed.GetValue(flags.Assignee) is not { } who || Is(assignment["properties"]?["principalId"]?.ToString(), who)))
            {
                assignment["roleDefinitionName"] = roles.GetValueOrDefault(role, role);
                found.Add(assignment);
            }
        }

        return found;
    }

    private static bool Shows(JsonObject assignment, string scope, bool all, bool inherited)
    {
        var at = assignment["properties"]?["scope"]?.ToString() ?? string.Empty;
        return Is(at, scope)
            || (all && at.StartsWith(scope, StringComparison.OrdinalIgnoreCase))
            || (inherited && scope.StartsWith(at, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<(string Id, string Name)> FindRoleAsync(
        ControlPlane plane, string scope, string role, CancellationToken cancel)
    {
        await foreach (var found in plane.Client.ListRoleDefinitionsAsync(scope, cancel))
        {
            var (id, name) = (found["name"]?.ToString() ?? string.Empty, found["properties"]?["roleName"]?.ToString() ?? string.Empty);
            if (Is(name, role) || Is(id, LastOf(role)))
            {
                return (id, name);
            }
        }

        throw new CliException(ExitCodes.NotFound, "RoleNotFound", $"No role '{role}' can be assigned at {scope}.");
    }

    private static string LastOf(string? id) => id is null ? string.Empty : id[(id.LastIndexOf('/') + 1)..];

    private static bool Is(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>Flags that name a role, who has it, and where.</summary>
    private sealed class AssignmentFlags
    {
        public Option<string> Role { get; } = new("--role") { Description = "Name or id of the role." };

        public Option<string?> Assignee { get; } = new("--assignee") { Description = "Object id of the assignee." };

        public Option<string?> Scope { get; } = new("--scope") { Description = "Scope, such as a resource's id; / for everything." };

        public Option<string?> Group { get; } = new("--resource-group", "-g") { Description = "A resource group as the scope." };

        public async Task<string> ReadScopeAsync(ParseResult parsed, ControlPlane plane, CancellationToken cancel) =>
            parsed.GetValue(Scope) ?? (parsed.GetValue(Group) is { } group
                ? (await plane.GetGroupAsync(group, cancel)).Text
                : ResourceId.OfSubscription(await plane.GetSubscriptionAsync(cancel)).Text);
    }
}
