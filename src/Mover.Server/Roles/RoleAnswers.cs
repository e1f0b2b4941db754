using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Core.Resources;
using Mover.Server.Arm;

namespace Mover.Server.Roles;

/// <summary>Roles and their assignments as Azure's authorization provider shows them, explicit nulls included.</summary>
internal static class RoleAnswers
{
    /// <summary>An assignment; ids of roles are shown in the subscription that was asked.</summary>
    /// <param name="assignment">What is shown.</param>
    /// <param name="subscription">The subscription of the request; null above all.</param>
    /// <param name="isNew">A new one shows only who changed it, as recorded.</param>
    public static JsonObject Of(RoleAssignment assignment, string? subscription, bool isNew = false)
    {
        var properties = new JsonObject
        {
            ["roleDefinitionId"] = RoleId(assignment.Role, subscription),
            ["principalId"] = assignment.PrincipalId,
            ["principalType"] = assignment.PrincipalType,
            ["scope"] = assignment.Scope,
            ["condition"] = null,
            ["conditionVersion"] = null,
            ["createdOn"] = WireTimeConverter.Text(assignment.CreatedOn),
            ["updatedOn"] = WireTimeConverter.Text(assignment.UpdatedOn),
            ["createdBy"] = isNew ? null : assignment.CreatedBy,
            ["updatedBy"] = assignment.UpdatedBy,
            ["delegatedManagedIdentityResourceId"] = null,
            ["description"] = assignment.Description,
        };
        if (assignment.PrincipalIssuer is { } issuer)
        {
            properties["principalIssuer"] = issuer;
        }

        return new()
        {
            ["properties"] = properties,
            ["id"] = assignment.Id,
            ["type"] = RoleAssignment.ResourceType,
            ["name"] = assignment.Name,
        };
    }

    /// <summary>A role, shown in the subscription that was asked.</summary>
    public static JsonObject Of(RoleDefinition role, string? subscription) => new()
    {
        ["properties"] = new JsonObject
        {
            ["roleName"] = role.RoleName,
            ["type"] = role.Type,
            ["description"] = role.Description,
            ["assignableScopes"] = Texts(role.AssignableScopes),
            ["permissions"] = new JsonArray([.. role.Permissions.Select(Of)]),
            ["createdOn"] = WireTimeConverter.Text(role.CreatedOn),
            ["updatedOn"] = WireTimeConverter.Text(role.UpdatedOn),
            ["createdBy"] = role.CreatedBy,
            ["updatedBy"] = role.UpdatedBy,
        },
        ["id"] = RoleId(role.Name, subscription),
        ["type"] = "Microsoft.Authorization/roleDefinitions",
        ["name"] = role.Name,
    };

    /// <summary>A page; <c>nextLink</c> only when another follows.</summary>
    public static JsonObject Page(IEnumerable<JsonObject> items, string? nextLink)
    {
        var page = new JsonObject { ["value"] = new JsonArray([.. items]) };
        if (nextLink is not null)
        {
            page["nextLink"] = nextLink;
        }

        return page;
    }

    /// <summary>Answers JSON.</summary>
    public static IResult Json(JsonObject body, int status = StatusCodes.Status200OK) =>
        ArmResults.Raw(status, Encoding.UTF8.GetBytes(body.ToJsonString(MoverJson.Wire.Options)));

    private static JsonNode Of(RolePermission permission) => new JsonObject
    {
        ["actions"] = Texts(permission.Actions),
        ["notActions"] = Texts(permission.NotActions),
        ["dataActions"] = Texts(permission.DataActions),
        ["notDataActions"] = Texts(permission.NotDataActions),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)JsonValue.Create(text))]);

    private static string RoleId(string role, string? subscription) =>
        (subscription is null ? string.Empty : "/subscriptions/" + subscription)
        + $"/providers/Microsoft.Authorization/roleDefinitions/{role}";
}
