using System.Text.Json;
using System.Text.Json.Serialization;
using Mover.Cli.Frame;
using Mover.Core.Regions;
using Mover.Server.Keys;
using Mover.Server.Regions;
using Mover.Server.Settings;

namespace Mover.Cli.Host;

/// <summary>The file of <c>mover server --config</c>. What is absent is left to flags and defaults; unknown names are refused.</summary>
/// <param name="Data">As <c>--data</c>.</param>
/// <param name="Urls">As <c>--urls</c>.</param>
/// <param name="Region">As <c>--region</c>.</param>
/// <param name="Zone">As <c>--zone</c>.</param>
/// <param name="Store">As <c>--store</c>.</param>
/// <param name="KeyRing">As <c>--key-ring</c>.</param>
/// <param name="Advertise">As <c>--advertise</c>.</param>
/// <param name="Pair">As <c>--pair</c>.</param>
/// <param name="PairCa">As <c>--pair-ca</c>.</param>
/// <param name="Standby">As <c>--standby</c>.</param>
/// <param name="Witness">As <c>--witness</c>.</param>
/// <param name="Failover">As <c>--failover</c>.</param>
/// <param name="MaxLag">As <c>--max-lag</c>.</param>
/// <param name="Issuers">OpenID Connect issuers whose tokens are accepted.</param>
/// <param name="Regions">Regions of one's own, besides Azure's.</param>
/// <param name="Throttling">How often each caller may ask.</param>
/// <param name="AsyncDialect"><c>strict</c> or <c>asRecorded</c>: how deletes that take long are answered.</param>
/// <param name="CorsOrigins">Origins whose pages may call from a browser.</param>
/// <param name="Bicep">Microsoft's <c>bicep</c> program, for exports as Bicep.</param>
internal sealed record ServerConfig(
    string? Data = null, string[]? Urls = null, string? Region = null, string? Zone = null, string? Store = null,
    string? KeyRing = null,
    string[]? Advertise = null, string[]? Pair = null, string? PairCa = null, bool? Standby = null,
    string? Witness = null, string? Failover = null, string? MaxLag = null,
    IssuerConfig[]? Issuers = null, PrivateRegion[]? Regions = null, ThrottleConfig? Throttling = null,
    AsyncDialect? AsyncDialect = null, string[]? CorsOrigins = null, string? Bicep = null)
{
    public static ServerConfig Read(string? file)
    {
        if (file is null)
        {
            return new();
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(file), ServerConfigJson.Default.ServerConfig) ?? new();
        }
        catch (JsonException wrong)
        {
            // The parser's own message names types of this program; the place is what helps.
            throw CliException.Usage(
                $"The configuration '{file}' is invalid at '{wrong.Path ?? "$"}' (line {wrong.LineNumber + 1}): "
                    + "not JSON, an unknown name, or an invalid value.",
                "See mover server --help for the names.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"Cannot read the configuration '{file}': {fault.Message}");
        }
    }
}

/// <summary>An OpenID Connect issuer whose tokens are accepted: its <c>iss</c> and the <c>aud</c> that its tokens must have.</summary>
internal sealed record IssuerConfig(string Issuer = "", string Audience = "");

/// <summary>Limits of callers: Azure's own, or buckets; what is absent has the default.</summary>
/// <param name="Azure">True for Azure's own limits, which buckets beside it replace.</param>
/// <param name="Reads">GET, HEAD.</param>
/// <param name="Writes">PUT, PATCH, POST.</param>
/// <param name="Deletes">DELETE.</param>
internal sealed record ThrottleConfig(
    bool Azure = false, ThrottleBucket? Reads = null, ThrottleBucket? Writes = null, ThrottleBucket? Deletes = null)
{
    /// <summary>The limits that it says.</summary>
    public ThrottleLimits Limits
    {
        get
        {
            var start = Azure ? ThrottleLimits.Azure : ThrottleLimits.Default;
            return new(Reads ?? start.Reads, Writes ?? start.Writes, Deletes ?? start.Deletes);
        }
    }
}

[JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(ServerConfig))]
internal sealed partial class ServerConfigJson : JsonSerializerContext;
