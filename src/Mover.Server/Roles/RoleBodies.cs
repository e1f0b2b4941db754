using System.Text.Json.Nodes;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;

namespace Mover.Server.Roles;

/// <summary>Reads the bodies of role assignments and definitions and says everything that is wrong with them.</summary>
internal static class RoleBodies
{
    /// <summary>Characters of a description.</summary>
    public const int DescriptionMax = 1024;

    /// <summary>Characters of a role's name.</summary>
    public const int RoleNameMax = 512;

    /// <summary>Permissions of a custom role.</summary>
    public const int PermissionsMax = 16;

    /// <summary>Actions of a custom role, in all lists of all its permissions together.</summary>
    public const int ActionsMax = 2048;

    /// <summary>Assignable scopes of a custom role.</summary>
    public const int AssignableScopesMax = 2000;

    /// <summary>Characters of a custom role: its name, description, scopes and actions together. Every role is held in memory.</summary>
    public const int RoleCharactersMax = 32 * 1024;

    private const int TextCharactersMax = 512;

    private static readonly string[] PrincipalTypes = ["User", RoleAssignment.GroupType, "ServicePrincipal", "ForeignGroup", "Device"];

    /// <summary>The assignment that a body asks for; its principal type is empty when it was not given.</summary>
    public static Result<RoleAssignment> ReadAssignment(JsonObject body, string scope, string name, string by, DateTimeOffset now)
    {
        var properties = body["properties"] as JsonObject ?? [];
        var problems = new List<ArmError>();
        var role = Text(properties, "roleDefinitionId", problems);
        var principal = Text(properties, "principalId", problems);
        var type = Text(properties, "principalType", problems) ?? string.Empty;
        var issuer = Text(properties, "principalIssuer", problems);
        var description = Text(properties, "description", problems);
        var roleName = role?[(role.LastIndexOf('/') + 1)..];
        if (roleName is null || !Guid.TryParse(roleName, out var roleId))
        {
            roleId = default;
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties.roleDefinitionId", "'properties.roleDefinitionId' is required and must end with the GUID of a role."));
        }

        if (principal is null || !Guid.TryParse(principal, out var principalId))
        {
            principalId = default;
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties.principalId", "'properties.principalId' is required and must be an object id (a GUID)."));
        }

        if (type.Length > 0 && !PrincipalTypes.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties.principalType", $"'properties.principalType' must be one of {string.Join(", ", PrincipalTypes)}."));
        }

        if (description is { Length: > DescriptionMax })
        {
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties.description", $"A description can have at most {DescriptionMax} characters."));
        }

        problems.AddRange(new[] { "condition", "delegatedManagedIdentityResourceId" }
            .Where(unsupported => !string.IsNullOrEmpty(properties[unsupported]?.ToString()))
            .Select(unsupported => ArmErrors.ConditionNotSupported("properties." + unsupported)));
        return ArmErrors.OfAll(problems) is { } refusal ? refusal : new RoleAssignment
        {
            Name = name,
            Scope = scope,
            Role = roleId.ToString(),
            PrincipalId = principalId.ToString(),
            PrincipalIssuer = string.IsNullOrEmpty(issuer) ? null : issuer,
            PrincipalType = Array.Find(PrincipalTypes, t => t.Equals(type, StringComparison.OrdinalIgnoreCase)) ?? string.Empty,
            Description = description,
            CreatedOn = now,
            UpdatedOn = now,
            CreatedBy = by,
            UpdatedBy = by,
        };
    }

    /// <summary>The custom role that a body asks for.</summary>
    public static Result<RoleDefinition> ReadRole(JsonObject body, Guid name, string by, DateTimeOffset now)
    {
        var properties = body["properties"] as JsonObject ?? [];
        var problems = new List<ArmError>();
        var roleName = Text(properties, "roleName", problems) ?? string.Empty;
        if (roleName.Length is 0 or > RoleNameMax || roleName.Any(char.IsControl))
        {
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties.roleName", $"'properties.roleName' is required and can have at most {RoleNameMax} printable characters."));
        }

        if (Text(properties, "type", problems) is { } type && !type.Equals(RoleDefinition.Custom, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(ArmErrors.InvalidRoleRequest("properties.type", "Only roles of type 'CustomRole' can be created."));
        }

        var scopes = Texts(properties, "assignableScopes", AssignableScopesMax, problems);
        if (scopes.Count == 0 || scopes.Any(scope => !IsScope(scope)))
        {
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties.assignableScopes", "'properties.assignableScopes' must have at least one '/', subscription, "
                    + "resource group or resource."));
        }

        var permissions = ReadPermissions(properties["permissions"] as JsonArray ?? [], problems);
        var description = Text(properties, "description", problems) ?? string.Empty;
        description = description.Length > DescriptionMax ? description[..DescriptionMax] : description;
        if (roleName.Length + description.Length + scopes.Concat(permissions.SelectMany(ActionsOf)).Sum(text => text.Length)
            > RoleCharactersMax)
        {
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties", $"A role can have at most {RoleCharactersMax} characters in its name, description, "
                    + "scopes and actions together."));
        }

        return ArmErrors.OfAll(problems) is { } refusal ? refusal : new RoleDefinition
        {
            Name = name.ToString(),
            RoleName = roleName,
            Description = description,
            AssignableScopes = [.. scopes.Select(scope => scope.Length > 1 ? scope.TrimEnd('/') : scope)],
            Permissions = permissions,
            CreatedOn = now,
            UpdatedOn = now,
            CreatedBy = by,
            UpdatedBy = by,
        };
    }

    private static List<RolePermission> ReadPermissions(JsonArray given, List<ArmError> problems)
    {
        if (given.Count is 0 or > PermissionsMax)
        {
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties.permissions", $"'properties.permissions' must have 1 to {PermissionsMax} permissions."));
            return [];
        }

        var permissions = given.OfType<JsonObject>().Select(p => new RolePermission
        {
            Actions = Texts(p, "actions", ActionsMax, problems),
            NotActions = Texts(p, "notActions", ActionsMax, problems),
            DataActions = Texts(p, "dataActions", ActionsMax, problems),
            NotDataActions = Texts(p, "notDataActions", ActionsMax, problems),
        }).ToList();
        var actions = permissions.SelectMany(ActionsOf).ToList();
        if (actions.Count > ActionsMax)
        {
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties.permissions", $"A role can have at most {ActionsMax} actions in all its permissions together."));
        }

        if (!actions.TrueForAll(ActionPattern.IsPattern))
        {
            problems.Add(ArmErrors.InvalidRoleRequest(
                "properties.permissions",
                $"An action can have at most {ActionPattern.StarsMax} '*', and not two in a row; one matches any characters."));
        }

        return permissions;
    }

    private static IEnumerable<string> ActionsOf(RolePermission permission) =>
        [.. permission.Actions, .. permission.NotActions, .. permission.DataActions, .. permission.NotDataActions];

    private static bool IsScope(string scope) =>
        scope == ArmAction.Root || (scope.Length <= DescriptionMax && ResourceId.TryParse(scope, out _));

    private static string? Text(JsonObject properties, string name, List<ArmError> problems)
    {
        if (properties[name] is not { } node)
        {
            return null;
        }

        if (node is JsonValue value && value.TryGetValue<string>(out var text))
        {
            return text;
        }

        problems.Add(ArmErrors.InvalidRoleRequest($"properties.{name}", $"'properties.{name}' must be a string."));
        return null;
    }

    private static List<string> Texts(JsonObject properties, string name, int countMax, List<ArmError> problems)
    {
        var texts = (properties[name] as JsonArray ?? [])
            .Select(item => item is JsonValue value && value.TryGetValue<string>(out var text) ? text : string.Empty).ToList();
        if (texts.Count > countMax || texts.Any(text => text.Length is 0 or > TextCharactersMax))
        {
            problems.Add(ArmErrors.InvalidRoleRequest(
                $"properties.{name}", $"'{name}' can have at most {countMax} strings of 1 to {TextCharactersMax} characters."));
        }

        return texts;
    }
}
