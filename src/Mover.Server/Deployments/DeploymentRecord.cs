using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Background;
using Mover.Server.Keys;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.Deployments;

/// <summary>
/// A deployment as it is kept, under its ARM id. JSON of any depth stands in it as text. While it is active its document changes only when
/// another instance takes it over, when it is canceled, and when it ends: whatever is done for it relies on that.
/// </summary>
internal sealed record DeploymentRecord
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Where it is kept; null for one of a resource group.</summary>
    public string? Location { get; init; }

    public Dictionary<string, string>? Tags { get; init; }

    public required DeploymentState Properties { get; init; }

    /// <summary>Tells this deployment from others of the same name.</summary>
    public required string Instance { get; init; }

    /// <summary>The 20 digits that its status is asked for with.</summary>
    public required string OperationId { get; init; }

    /// <summary>The id of the deployment that carries this one out as a part of it; null for one that stands for itself.</summary>
    public string? Root { get; init; }

    /// <summary>The <see cref="Instance"/> of that deployment.</summary>
    public string? RootInstance { get; init; }

    /// <summary>How often an instance took it over.</summary>
    public int Epoch { get; init; }

    /// <summary>Who deploys.</summary>
    public required Deployer Deployer { get; init; }

    public required string CorrelationId { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    /// <summary>Pieces of the template.</summary>
    public int TemplatePieces { get; init; }

    [JsonIgnore]
    public bool IsActive => DeploymentStates.IsActive(Properties.ProvisioningState);

    [JsonIgnore]
    public ResourceId ResourceId => ResourceId.TryParse(Id, out var id) ? id : default;
}

/// <summary>What a deployment shows of itself.</summary>
internal sealed record DeploymentState
{
    public required string Mode { get; init; }

    public required string ProvisioningState { get; init; }

    public required string TemplateHash { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public TimeSpan Duration { get; init; }

    public string? DebugSetting { get; init; }

    /// <summary>The parameters, as JSON; those that are secure without their value.</summary>
    public string? Parameters { get; init; }

    /// <summary>The outputs, as JSON; those that are secure without their value.</summary>
    public string? Outputs { get; init; }

    public string? Providers { get; init; }

    public string? Dependencies { get; init; }

    public IReadOnlyList<string>? OutputResources { get; init; }

    /// <summary>What went wrong, as JSON.</summary>
    public string? Error { get; init; }
}

/// <summary>The states of a deployment.</summary>
internal static class DeploymentStates
{
    public const string Accepted = "Accepted";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";
    public const string Canceled = "Canceled";

    public static bool IsActive(string state) => state is Accepted or Running;
}

/// <summary>Who deploys, to be judged again for each resource.</summary>
internal sealed record Deployer(
    string ObjectId, string ApplicationId, string Name, PrincipalKind Kind, string? Machine, string? Issuer, string? Proof,
    IReadOnlyList<string> Groups)
{
    public static Deployer Of(Principal principal) => new(
        principal.ObjectId, principal.ApplicationId, principal.Name, principal.Kind,
        principal.Machine.Text.Length == 0 ? null : principal.Machine.Text, principal.Issuer, principal.Proof, principal.Groups);

    [JsonIgnore]
    public Principal Principal => new(
        ObjectId, ApplicationId, Name, Kind, ResourceId.TryParse(Machine, out var machine) ? machine : default)
    {
        Issuer = Issuer,
        Proof = Proof,
        Groups = Groups,
    };
}

/// <summary>Names a deployment that has not ended, so that every instance finds it.</summary>
internal sealed record PendingDeployment(string Id, string Instance)
{
    public const string Area = "pending-deployments";

    public static DocumentKey KeyOf(string operationId) => DocumentKey.Internal(Area, operationId);
}

/// <summary>One step of a deployment.</summary>
internal sealed record DeploymentStep
{
    /// <summary>16 hexadecimal digits, the same whenever the same step is done again; 20 digits for the outputs.</summary>
    public required string OperationId { get; init; }

    /// <summary><c>Create</c>, <c>Delete</c> or <c>EvaluateDeploymentOutput</c>.</summary>
    public required string Operation { get; init; }

    public required string ProvisioningState { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public TimeSpan Duration { get; init; }

    public required string StatusCode { get; init; }

    /// <summary>The resource; null for the outputs.</summary>
    public string? Target { get; init; }

    public string? TargetType { get; init; }

    public string? TargetName { get; init; }

    /// <summary>What went wrong, as JSON.</summary>
    public string? Error { get; init; }

    /// <summary>The step's trace in the server's log.</summary>
    public required string TrackingId { get; init; }
}

/// <summary>A sealed piece of a template or of what a deployment was given.</summary>
internal sealed record ContentPiece(SealedValue Value);

/// <summary>What a deployment was given and does not show: kept sealed, and only until it ends.</summary>
/// <param name="Parameters">The parameters as on the wire, as JSON.</param>
/// <param name="Seed">Where its GUIDs come from, in base64.</param>
/// <param name="Group">The group's name; null for a deployment to the subscription.</param>
/// <param name="Location">The group's location, or its own.</param>
/// <param name="Tags">The group's tags.</param>
internal sealed record DeploymentInput(
    string? Parameters, string Seed, string? Group, string Location, Dictionary<string, string>? Tags);

/// <summary>JSON of what is kept of deployments.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeploymentRecord))]
[JsonSerializable(typeof(PendingDeployment))]
[JsonSerializable(typeof(DeploymentStep))]
[JsonSerializable(typeof(ContentPiece))]
[JsonSerializable(typeof(DeploymentInput))]
internal sealed partial class DeploymentsJson : JsonSerializerContext
{
    /// <summary>The context with JSON in texts written shortly.</summary>
    public static DeploymentsJson Stored { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
