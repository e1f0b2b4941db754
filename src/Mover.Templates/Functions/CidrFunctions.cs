using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions of IP networks, of both families.</summary>
internal static class CidrFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        new("parseCidr", 1, 1, call => Describe(Network.Parse(call.Text(0)))),
        new("cidrSubnet", 3, 3, Subnet),
        new("cidrHost", 2, 2, Host),
    ];

    private static ObjectValue Describe(Network network)
    {
        var described = new ObjectBuilder()
            .Set("network", Text(network.Address(network.First)))
            .Set("netmask", Text(network.Address(network.Mask)));
        if (network.IsV4)
        {
            described.Set("broadcast", Text(network.Address(network.Last)));
        }

        return described
            .Set("firstUsable", Text(network.Address(network.FirstUsable)))
            .Set("lastUsable", Text(network.Address(network.LastUsable)))
            .Set("cidr", TemplateValue.Of((long)network.Prefix))
            .Build();
    }

    private static TemplateValue Subnet(FunctionCall call)
    {
        var network = Network.Parse(call.Text(0));
        var (prefix, index) = (call.Integer(1), call.Integer(2));
        if (prefix < network.Prefix || prefix > network.Bits || index < 0 || index >= BigInteger.One << (int)(prefix - network.Prefix))
        {
            throw new TemplateException(prefix < network.Prefix || prefix > network.Bits
                ? $"Could not generate subnet for network '{call.Text(0)}' and CIDR value '{prefix}'."
                : $"Could not generate subnet for network '{call.Text(0)}', CIDR value '{prefix}' and index '{index}'.");
        }

        var first = network.First + (new BigInteger(index) << (int)(network.Bits - prefix));
        return TemplateValue.Of($"{network.Address(first)}/{prefix}");
    }

    private static TemplateValue Host(FunctionCall call)
    {
        var network = Network.Parse(call.Text(0));
        var index = call.Integer(1);
        var host = network.First + 1 + index;
        return index >= 0 && network.Prefix < network.Bits - 1 && host <= network.LastUsable
            ? Text(network.Address(host))
            : throw new TemplateException($"Could not generate host for network '{call.Text(0)}' and index '{index}'.");
    }

    private static TemplateValue Text(IPAddress address) => TemplateValue.Of(address.ToString());

    private sealed record Network(BigInteger First, int Prefix, int Bits)
    {
        public bool IsV4 => Bits == 32;

        public BigInteger Size => BigInteger.One << (Bits - Prefix);

        public BigInteger Last => First + Size - 1;

        public BigInteger Mask => (BigInteger.One << Bits) - Size;

        // As the service answers: both ends of a /31 are its first address, and IPv6 keeps none back.
        public BigInteger FirstUsable => IsV4 && Prefix < Bits - 1 ? First + 1 : First;

        public BigInteger LastUsable => IsV4 && Prefix < Bits ? Last - 1 : Last;

        public static Network Parse(string text)
        {
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address))
            {
                throw new TemplateException($"The specified CIDR '{text}' is not valid.");
            }

            var bytes = address.GetAddressBytes();
            var bits = bytes.Length * 8;
            var prefix = slash < 0 ? DefaultPrefix(address, bytes) : -1;
            var isGiven = slash < 0
                || int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefix);
            if (!isGiven || prefix > bits)
            {
                throw new TemplateException($"The specified CIDR '{text}' is not valid.");
            }

            var value = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
            return new(value >> (bits - prefix) << (bits - prefix), prefix, bits);
        }

        public IPAddress Address(BigInteger value)
        {
            var bytes = new byte[Bits / 8];
            value.TryWriteBytes(bytes, out var written, isUnsigned: true, isBigEndian: true);

            // Short numbers are written to the front.
            bytes.AsSpan(0, written).CopyTo(bytes.AsSpan(bytes.Length - written));
            bytes.AsSpan(0, bytes.Length - written).Clear();
            return new(bytes);
        }

        // The class of the address: A, B or C.
        private static int DefaultPrefix(IPAddress address, byte[] bytes) => address.AddressFamily == AddressFamily.InterNetworkV6 ? 64
            : bytes[0] < 128 ? 8 : bytes[0] < 192 ? 16 : bytes[0] < 224 ? 24 : 32;
    }
}
