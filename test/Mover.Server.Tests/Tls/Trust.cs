using System.Security.Cryptography.X509Certificates;

namespace Mover.Server.Tests.Tls;

internal static class Trust
{
    /// <summary>Trust in this authority and in no other.</summary>
    public static X509ChainPolicy Alone(this X509Certificate2 authority) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        CustomTrustStore = { authority },
    };
}
