using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client;
using Mover.Core.Arm;

namespace Mover.Cli.Resources;

/// <summary><c>mover role-definition</c>: what roles let their holders do, with the flags of <c>az role definition</c>.</summary>
internal sealed class RoleDefinitionCommand
{
    private static readonly IReadOnlyList<Column> Columns =
    [
        new("Name", "properties.roleName"), new("Id", "name"), new("Type", "properties.type"),
        new("Description", "properties.description"),
    ];

    private readonly NounVerbs _verbs;
    private readonly ResultWriter _results;
    private readonly Terminal _terminal;

    private RoleDefinitionCommand(Terminal terminal)
    {
        _terminal = terminal;
        _verbs = new(new("role", string.Empty, [new("roleDefinitions", "role")], Columns), terminal);
        _results = new(terminal);
    }

    public static Command Create(Terminal terminal)
    {
        var command = new RoleDefinitionCommand(terminal);
        return new("role-definition", "Manage role definitions: what a role allows.")
        {
            command.List(), command.Show(), command.Create(), command.Update(), command.Delete(),
        };
    }

    private Command List()
    {
        var where = new WhereFlags();
        var name = new Option<string?>("--name", "-n") { Description = "Only the role with this name or GUID." };
        var custom = new Option<bool>("--custom-role-only") { Description = "Only custom roles." };
        return _verbs.Build("list", "List the roles that can be assigned at a scope; by default, the subscription.", null,
            [where.Scope, where.Group, name, custom], async (plane, parsed, format, cancel) =>
        {
            var roles = await AtAsync(plane, await where.ReadAsync(parsed, plane, cancel), cancel);
            _results.WriteMany(
                format,
                [.. roles.Where(role => (parsed.GetValue(name) is not { } wanted || IsCalled(role, wanted))
                    && (!parsed.GetValue(custom) || IsCustom(role)))],
                Columns);
        });
    }

    private Command Show()
    {
        var (where, name) = (new WhereFlags(), NameFlag("Name or GUID of the role."));
        return _verbs.Build("show", "Show one role.", null, [where.Scope, where.Group, name], async (plane, parsed, format, cancel) =>
            _results.WriteOne(
                format,
                await FindAsync(plane, await where.ReadAsync(parsed, plane, cancel), parsed.GetRequiredValue(name), cancel), Columns));
    }

    private Command Create()
    {
        var role = RoleFlag();
        return _verbs.Build("create", "Create a custom role.", null, [role.Flag], async (plane, parsed, format, cancel) =>
        {
            var body = RoleDefinitionBody.Read(role, parsed);
            var id = $"{body.Scope.TrimEnd('/')}/providers/{RoleDefinitions.Type}/{body.Name ?? Guid.NewGuid().ToString()}";
            _results.WriteOne(format, await plane.Client.PutRoleDefinitionAsync(id, body.Document, cancel), Columns);
        });
    }

    // As az does it: by the GUID when the document has one, else by the role's name.
    private Command Update()
    {
        var role = RoleFlag();
        return _verbs.Build("update", "Replace a custom role.", null, [role.Flag], async (plane, parsed, format, cancel) =>
        {
            var body = RoleDefinitionBody.Read(role, parsed);
            var found = await FindAsync(plane, body.Scope, body.Name ?? body.RoleName, cancel);
            _results.WriteOne(format, await plane.Client.PutRoleDefinitionAsync(IdOf(found), body.Document, cancel), Columns);
        });
    }

    private Command Delete()
    {
        var (where, name, yes) = (new WhereFlags(), NameFlag("Name or GUID of the custom role."), Prompts.YesFlag());
        return _verbs.Build("delete", "Delete a custom role that has no assignments.", null, [where.Scope, where.Group, name, yes],
            async (plane, parsed, _, cancel) =>
        {
            var found = await FindAsync(plane, await where.ReadAsync(parsed, plane, cancel), parsed.GetRequiredValue(name), cancel);
            Prompts.Confirm(_terminal, parsed.GetValue(yes), $"Delete the role '{found["properties"]?["roleName"]}'?");
            await plane.Client.RemoveRoleAsync(IdOf(found), cancel);
        });
    }

    private static BodyFlag RoleFlag()
    {
        var flag = BodyFlag.Json("--role-definition", string.Empty, "The role: Name, Description, Actions, NotActions, DataActions, "
            + "NotDataActions and AssignableScopes, or the output of show.");
        flag.Flag.Required = true;
        return flag;
    }

    private static Option<string> NameFlag(string description) => new("--name", "-n") { Description = description, Required = true };

    private static async Task<List<JsonObject>> AtAsync(ControlPlane plane, string scope, CancellationToken cancel)
    {
        var roles = new List<JsonObject>();
        await foreach (var role in plane.Client.ListRoleDefinitionsAsync(scope, cancel))
        {
            roles.Add(role);
        }

        return roles;
    }

    private static async Task<JsonObject> FindAsync(ControlPlane plane, string scope, string name, CancellationToken cancel) =>
        (await AtAsync(plane, scope, cancel)).Find(role => IsCalled(role, name))
            ?? throw new CliException(ExitCodes.NotFound, "RoleNotFound", $"No role '{name}' can be assigned at {scope}.");

    private static string IdOf(JsonObject role) => role["id"]?.ToString() ?? string.Empty;

    private static bool IsCalled(JsonObject role, string name) =>
        Is(role["properties"]?["roleName"], name) || Is(role["name"], name) || Is(role["id"], name);

    private static bool IsCustom(JsonObject role) => Is(role["properties"]?["type"], "CustomRole");

    private static bool Is(JsonNode? value, string wanted) =>
        string.Equals(value?.ToString(), wanted, StringComparison.OrdinalIgnoreCase);

    /// <summary>Flags that say where a role can be assigned.</summary>
    private sealed class WhereFlags
    {
        public Option<string?> Scope { get; } = new("--scope") { Description = "Scope, such as a resource's id; / for everything." };

        public Option<string?> Group { get; } = new("--resource-group", "-g") { Description = "A resource group as the scope." };

        public async Task<string> ReadAsync(ParseResult parsed, ControlPlane plane, CancellationToken cancel) =>
            parsed.GetValue(Scope) ?? (parsed.GetValue(Group) is { } group
                ? (await plane.GetGroupAsync(group, cancel)).Text
                : ResourceId.OfSubscription(await plane.GetSubscriptionAsync(cancel)).Text);
    }
}
