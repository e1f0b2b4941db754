using System.Text.Json.Serialization;
using Mover.Core.Access;

namespace Mover.Server.Authorization;

/// <summary>Names the assignment that gives a principal a role at a scope, so that there is one only.</summary>
internal sealed record UniqueAssignment(string Name);

/// <summary>Names the custom role that has a name.</summary>
internal sealed record UniqueRole(string Name);

/// <summary>JSON of what authorization keeps in the store.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(RoleAssignment))]
[JsonSerializable(typeof(RoleCounts))]
[JsonSerializable(typeof(RoleDefinition))]
[JsonSerializable(typeof(UniqueAssignment))]
[JsonSerializable(typeof(UniqueRole))]
[JsonSerializable(typeof(AdministratorMark))]
internal sealed partial class AuthorizationJson : JsonSerializerContext;
