using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Mover.Client.Agent;

/// <summary>Client assertions signed by the agent itself. Source: RFC 7523 (JWT client authentication), RFC 7518 (ES256).</summary>
public static class AgentAssertion
{
    /// <summary>How long an assertion may be used; it is presented once, at once.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>Makes a signed assertion for one token URL.</summary>
    /// <param name="identity">Whose assertion it is.</param>
    /// <param name="tokenUrl">The audience: the URL that it will be posted to.</param>
    /// <param name="assertionId">A value that no other assertion has (<c>jti</c>).</param>
    /// <param name="now">The agent's clock.</param>
    public static string Create(AgentIdentity identity, string tokenUrl, string assertionId, DateTimeOffset now)
    {
        var header = Encode(json =>
        {
            json.WriteString("alg", "ES256");
            json.WriteString("typ", "JWT");
        });
        var claims = Encode(json =>
        {
            json.WriteString("iss", identity.PrincipalId);
            json.WriteString("sub", identity.PrincipalId);
            json.WriteString("aud", tokenUrl);
            json.WriteString("jti", assertionId);
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("nbf", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + Lifetime).ToUnixTimeSeconds());
        });
        var signed = $"{header}.{claims}";
        var signature = identity.Key.SignData(
            Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Base64Url.EncodeToString(buffer.ToArray());
    }
}
