export {
  createAuthority,
  selfSigned,
  type Authority,
  type Issued,
  type LeafOptions,
} from "../bootstrap/x509";
