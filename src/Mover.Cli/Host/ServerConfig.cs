using System.Text.Json;
using System.Text.Json.Serialization;
using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary>The file of <c>mover server --config</c>. What is absent is left to flags and defaults; unknown names are refused.</summary>
internal sealed record ServerConfig(
    string? Data = null, string[]? Urls = null, string? Region = null, string? Zone = null, string? Store = null,
    IssuerConfig[]? Issuers = null)
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
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"The configuration '{file}' cannot be read: {fault.Message}");
        }
    }
}

/// <summary>An OpenID Connect issuer whose tokens are accepted: its <c>iss</c> and the <c>aud</c> that its tokens must have.</summary>
internal sealed record IssuerConfig(string Issuer = "", string Audience = "");

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(ServerConfig))]
internal sealed partial class ServerConfigJson : JsonSerializerContext;
