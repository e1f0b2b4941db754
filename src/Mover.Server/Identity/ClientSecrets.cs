using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using Mover.Core.Access;

namespace Mover.Server.Identity;

/// <summary>Makes the secrets of applications.</summary>
internal static class ClientSecrets
{
    private const int SecretBytes = 32;

    /// <summary>
    /// 256 random bits in the letters of base64url. None starts with a dash: after <c>az login -p</c> it would be taken for an option.
    /// </summary>
    public static Secret Make()
    {
        string text;
        do
        {
            text = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(SecretBytes));
        }
        while (text[0] == '-');

        return new(text);
    }
}
